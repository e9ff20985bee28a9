// Adjoint of the mean of each window, over the padding too or not.
#import backward

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
            let corner = vec2(y, x) * u.stride - u.pad_before;
            var counted = min(corner + u.kernel, u.out_size) - max(corner, vec2(0));
            if has(COUNT_INCLUDE_PAD) {
                counted = min(corner + u.kernel, u.out_size + u.pad_after) - corner;
            }
            sum += input[in_address(readers.picture, vec2(y, x)) + quad] / f32(counted.x * counted.y);
        }
    }
    store(pixel, quad, sum);
}
