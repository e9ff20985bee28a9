// Mean of each window, over the padding too or not.
#import each
#import store

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
            sum += input[in_address(window.picture, vec2(y, x)) + quad];
        }
    }
    var counted = window.end - window.begin;
    if has(COUNT_INCLUDE_PAD) {
        // A window that hangs over the padding (ceil mode) counts up to its end.
        counted = min(window.corner + u.kernel, u.in_size + u.pad_after) - window.corner;
    }
    store(pixel, quad, sum / f32(counted.x * counted.y));
}
