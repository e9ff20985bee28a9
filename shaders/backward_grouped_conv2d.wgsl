// Adjoint of the convolution in groups.
#import sum

// kh, kw, in of one group, out.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

fn weight(row: u32, channel: u32) -> f32 {
    return weights[row * u.in_quads + channel / 4u][channel % 4u];
}

// What the outputs of its group pass on to an input channel.
fn passed(address: u32, tap: u32, channel: u32) -> f32 {
    let inputs = u.out_channels / u.groups;
    let outputs = u.in_channels / u.groups;
    let c = min(channel, u.out_channels - 1u);
    let first = c / inputs * outputs;
    var sum = 0.0;
    for (var out = first; out < first + outputs; out++) {
        sum += input[address + out / 4u][out % 4u] * weight(tap * inputs + c % inputs, out);
    }
    return select(sum, 0.0, channel >= u.out_channels);
}

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    let tap = tap_of(at, reads.position);
    let a = address;
    let c = quad * 4u;
    return vec4(passed(a, tap, c), passed(a, tap, c + 1u), passed(a, tap, c + 2u), passed(a, tap, c + 3u));
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    return sum_over(readers_of(pixel), quad);
}
