// Adjoint of the convolution with one kernel for each channel.
#import backward

// kh, kw, channel.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

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
            let k = tap_of(vec2(y, x), readers.position);
            sum += input[in_address(readers.picture, vec2(y, x)) + quad] * weights[k * u.out_quads + quad];
        }
    }
    if has(RELU_INPUT) {
        sum = select(vec4(0.0), sum, second[second_address(pixel) + quad] > vec4(0.0));
    }
    store(pixel, quad, sum);
}
