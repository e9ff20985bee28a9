// Convolution in groups: the four channels of a quad may read from different groups.
#import each
#import store

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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let window = window_of(pixel);
    let depth = u.in_channels / u.groups;
    let c0 = first_channel(quad * 4u);
    let c1 = first_channel(quad * 4u + 1u);
    let c2 = first_channel(quad * 4u + 2u);
    let c3 = first_channel(quad * 4u + 3u);
    var sum = vec4(0.0);
    for (var y = window.begin.x; y < window.end.x; y++) {
        for (var x = window.begin.y; x < window.end.y; x++) {
            let a = in_address(window.picture, vec2(y, x));
            let k = u32((y - window.corner.x) * u.kernel.y + x - window.corner.y);
            for (var i = 0u; i < depth; i++) {
                let value = vec4(channel(a, c0 + i), channel(a, c1 + i), channel(a, c2 + i), channel(a, c3 + i));
                sum += value * weights[(k * depth + i) * u.out_quads + quad];
            }
        }
    }
    store(pixel, quad, sum);
}
