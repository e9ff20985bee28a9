// Puts what it reads at every `stride`-th row and column from `pad_before` on, and zeros elsewhere.
#import backward

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let behind = out_position(pixel) - u.pad_before;
    let there = all(behind >= vec2(0)) && all(behind % u.stride == vec2(0));
    var value = vec4(0.0);
    if there {
        value = input[in_address(picture_of(pixel), behind / u.stride) + quad];
    }
    store(pixel, quad, value);
}
