// Adjoint of means over regions that tile the input, floor(i * in / out) to ceil((i + 1) * in / out).
#import backward

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let picture = picture_of(pixel);
    let position = out_position(pixel);
    // The regions that have a position.
    let begin = position * u.in_size / u.out_size;
    let end = ((position + 1) * u.in_size + u.out_size - 1) / u.out_size;
    var sum = vec4(0.0);
    for (var y = begin.x; y < end.x; y++) {
        for (var x = begin.y; x < end.y; x++) {
            let region = vec2(y, x);
            let first = region * u.out_size / u.in_size;
            let last = ((region + 1) * u.out_size + u.in_size - 1) / u.in_size;
            let counted = last - first;
            sum += input[in_address(picture, region) + quad] / f32(counted.x * counted.y);
        }
    }
    store(pixel, quad, sum);
}
