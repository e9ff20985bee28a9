// What each tile of a convolution with 1x7 or 7x1 windows sees, at the points. An invocation for each quad of input
// channels of a tile, which counts as an output pixel.
#import step
#import enter
#import points_1x7

// The polynomials that are zero at all pairs of points but one, but for the last factor, which is 1.
const OTHERS_0 = vec3(
    -SQUARES.y * SQUARES.z * SQUARES.w,
    SQUARES.y * SQUARES.z + SQUARES.z * SQUARES.w + SQUARES.w * SQUARES.y,
    -(SQUARES.y + SQUARES.z + SQUARES.w),
);
const OTHERS_1 = vec3(
    -SQUARES.x * SQUARES.z * SQUARES.w,
    SQUARES.x * SQUARES.z + SQUARES.z * SQUARES.w + SQUARES.w * SQUARES.x,
    -(SQUARES.x + SQUARES.z + SQUARES.w),
);
const OTHERS_2 = vec3(
    -SQUARES.x * SQUARES.y * SQUARES.w,
    SQUARES.x * SQUARES.y + SQUARES.y * SQUARES.w + SQUARES.w * SQUARES.x,
    -(SQUARES.x + SQUARES.y + SQUARES.w),
);
const OTHERS_3 = vec3(
    -SQUARES.x * SQUARES.y * SQUARES.z,
    SQUARES.x * SQUARES.y + SQUARES.y * SQUARES.z + SQUARES.z * SQUARES.x,
    -(SQUARES.x + SQUARES.y + SQUARES.z),
);
// And the one that is zero at all pairs.
const ALL = vec4(
    -SQUARES.x * OTHERS_0.x,
    OTHERS_0.x - SQUARES.x * OTHERS_0.y,
    OTHERS_0.y - SQUARES.x * OTHERS_0.z,
    OTHERS_0.z - SQUARES.x,
);

fn even(x: Nine, others: vec3<f32>) -> vec4<f32> {
    return others.x * x.p2 + others.y * x.p4 + others.z * x.p6 + x.p8;
}

fn odd(x: Nine, others: vec3<f32>, root: f32) -> vec4<f32> {
    return root * (others.x * x.p1 + others.y * x.p3 + others.z * x.p5 + x.p7);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= out_pixels() * u.in_quads {
        return;
    }
    let seen = seen_by(id.x, tile_size());
    let next = along();
    let x = Nine(
        load(seen, 0 * next),
        load(seen, 1 * next),
        load(seen, 2 * next),
        load(seen, 3 * next),
        load(seen, 4 * next),
        load(seen, 5 * next),
        load(seen, 6 * next),
        load(seen, 7 * next),
        load(seen, 8 * next),
    );
    let plane = u.second_out_pitch;
    values[id.x] = ALL.x * x.p0 + ALL.y * x.p2 + ALL.z * x.p4 + ALL.w * x.p6 + x.p8;
    store_pair(id.x + 1u * plane, even(x, OTHERS_0), odd(x, OTHERS_0, ROOTS.x));
    store_pair(id.x + 3u * plane, even(x, OTHERS_1), odd(x, OTHERS_1, ROOTS.y));
    store_pair(id.x + 5u * plane, even(x, OTHERS_2), odd(x, OTHERS_2, ROOTS.z));
    store_pair(id.x + 7u * plane, even(x, OTHERS_3), odd(x, OTHERS_3, ROOTS.w));
}
