// Through a ReLU: a gradient stays where the result is positive; guided, where it is positive too.
#import backward

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let g = input[pixel * u.in_pitch + u.in_offset + quad];
    let y = second[second_address(pixel) + quad];
    // A gain may have turned the sign.
    var stays = y != vec4(0.0);
    if has(GUIDED) {
        stays = stays & (g > vec4(0.0));
    }
    store(pixel, quad, select(vec4(0.0), g, stays));
}
