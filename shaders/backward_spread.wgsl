// Puts what it reads at every `stride`-th row and column from `pad_before` on, and zeros elsewhere.
#import each

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let behind = out_position(pixel) - u.pad_before;
    let there = all(behind >= vec2(0)) && all(behind % u.stride == vec2(0));
    var value = vec4(0.0);
    if there {
        value = input[in_address(picture_of(pixel), behind / u.stride) + quad];
    }
    return value;
}
