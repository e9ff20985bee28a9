// Largest value of each window; padding never wins.
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
    var best = input[in_address(window.picture, window.begin) + quad];
    for (var y = window.begin.x; y < window.end.x; y++) {
        for (var x = window.begin.y; x < window.end.y; x++) {
            best = largest(best, input[in_address(window.picture, vec2(y, x)) + quad]);
        }
    }
    store(pixel, quad, best);
}
