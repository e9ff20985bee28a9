// Through a ReLU: a gradient stays where the result is positive; guided, where it is positive too.
#import each
#import second

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let g = input[pixel * u.in_pitch + u.in_offset + quad];
    let y = second[second_address(pixel) + quad];
    // A gain may have turned the sign.
    var stays = y != vec4(0.0);
    if has(GUIDED) {
        stays = stays & (g > vec4(0.0));
    }
    return select(vec4(0.0), g, stays);
}
