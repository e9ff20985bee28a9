// One kernel for each channel.
#import each
#import store

// kh, kw, channel.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let window = window_of(pixel);
    var sum = vec4(0.0);
    for (var y = window.begin.x; y < window.end.x; y++) {
        for (var x = window.begin.y; x < window.end.y; x++) {
            var value = input[in_address(window.picture, vec2(y, x)) + quad];
            if has(RELU_INPUT) {
                value = relu(value);
            }
            let k = (y - window.corner.x) * u.kernel.y + x - window.corner.y;
            sum += value * weights[u32(k) * u.out_quads + quad];
        }
    }
    store(pixel, quad, sum);
}
