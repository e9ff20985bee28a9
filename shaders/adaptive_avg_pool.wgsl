// Mean over regions that tile the input, floor(i * in / out) to ceil((i + 1) * in / out).
#import each
#import store

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let picture = picture_of(pixel);
    let position = out_position(pixel);
    let begin = position * u.in_size / u.out_size;
    let end = ((position + vec2(1)) * u.in_size + u.out_size - vec2(1)) / u.out_size;
    var sum = vec4(0.0);
    for (var y = begin.x; y < end.x; y++) {
        for (var x = begin.y; x < end.y; x++) {
            sum += input[in_address(picture, vec2(y, x)) + quad];
        }
    }
    let counted = end - begin;
    store(pixel, quad, sum / f32(counted.x * counted.y));
}
