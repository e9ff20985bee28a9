// Winograd's convolution of 3x3 windows with stride 1: what a tile of 4x4 outputs sees, and the kernels, are polynomials,
// and their product is computed at 6x6 points. kernels/src/points.rs says why these.
const OUTPUTS = 4;
const POINTS = 6;
// The points are 0, ±√½, ±√2 and infinity.
const NEAR = 0.70710678;
const FAR = 1.41421356;

// Pixels that a tile sees in a row or column, or values at points.
struct Six {
    p0: vec4<f32>,
    p1: vec4<f32>,
    p2: vec4<f32>,
    p3: vec4<f32>,
    p4: vec4<f32>,
    p5: vec4<f32>,
}

// Where a point's values start.
fn point_at(y: u32, x: u32, plane: u32) -> u32 {
    return (y * POINTS + x) * plane;
}
