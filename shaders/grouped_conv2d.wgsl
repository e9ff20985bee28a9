// Convolution in groups: the four channels of a quad may read from different groups.
#import sum

// kh, kw, in of one group, out.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// First input channel for an output channel; padding channels repeat the last group.
fn first_channel(out_channel: u32) -> u32 {
    let group = min(out_channel, u.out_channels - 1u) / (u.out_channels / u.groups);
    return group * (u.in_channels / u.groups);
}

fn channel(address: u32, c: u32) -> f32 {
    return input[address + c / 4u][c % 4u];
}

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    let depth = u.in_channels / u.groups;
    let c0 = first_channel(quad * 4u);
    let c1 = first_channel(quad * 4u + 1u);
    let c2 = first_channel(quad * 4u + 2u);
    let c3 = first_channel(quad * 4u + 3u);
    let k = tap_of(reads.position, at) * depth;
    let a = address;
    var sum = vec4(0.0);
    for (var i = 0u; i < depth; i++) {
        let value = vec4(channel(a, c0 + i), channel(a, c1 + i), channel(a, c2 + i), channel(a, c3 + i));
        sum += value * weights[(k + i) * u.out_quads + quad];
    }
    return sum;
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    return sum_over(window_of(pixel), quad);
}
