// Winograd's convolution of 1x7 and 7x1 windows with stride 1: as of 3x3 (points_3x3.wgsl), for three outputs at nine
// points, along one dimension.
const OUTPUTS = 3;

// The points are 0 and these, with both signs.
const ROOTS = vec4(0.5, 0.875, 1.5, 4.0);
const SQUARES = ROOTS * ROOTS;

// What a tile sees, or values at points.
struct Nine {
    p0: vec4<f32>,
    p1: vec4<f32>,
    p2: vec4<f32>,
    p3: vec4<f32>,
    p4: vec4<f32>,
    p5: vec4<f32>,
    p6: vec4<f32>,
    p7: vec4<f32>,
    p8: vec4<f32>,
}

// From an output, or an input that it sees, to the next.
fn along() -> vec2<i32> {
    return select(vec2(1, 0), vec2(0, 1), u.kernel.x == 1);
}

// Rows and columns of a tile.
fn tile_size() -> vec2<i32> {
    return 1 + (OUTPUTS - 1) * along();
}
