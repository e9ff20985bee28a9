// Adjoint of the convolution in groups.
#import backward

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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let readers = readers_of(pixel);
    var sum = vec4(0.0);
    for (var y = readers.begin.x; y < readers.end.x; y++) {
        for (var x = readers.begin.y; x < readers.end.y; x++) {
            let tap = tap_of(vec2(y, x), readers.position);
            let a = in_address(readers.picture, vec2(y, x));
            let c = quad * 4u;
            sum += vec4(passed(a, tap, c), passed(a, tap, c + 1u), passed(a, tap, c + 2u), passed(a, tap, c + 3u));
        }
    }
    store(pixel, quad, sum);
}
