// Through a ReLU: a gradient stays where the result is positive; guided, where it is positive too; redirected, where it is
// positive if nothing else of the picture comes through.
#import each
#import second
#ifdef redirected

// By picture: whether anything comes through.
@group(0) @binding(8) var<storage, read> third: array<vec4<f32>>;
#endif

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let g = input[pixel * u.in_pitch + u.in_offset + quad];
    let y = second[second_address(pixel) + quad];
    // A gain may have turned the sign.
    var stays = y != vec4(0.0);
#ifdef redirected
    if third[picture_of(pixel)].x == 0.0 {
        stays = stays | (g > vec4(0.0));
    }
#else
    if has(GUIDED) {
        stays = stays & (g > vec4(0.0));
    }
#endif
    return select(vec4(0.0), g, stays);
}
