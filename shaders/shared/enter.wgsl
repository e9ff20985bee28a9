#import step

// For kernels that bring what a tile sees to points.

// Point by point, u.second_out_pitch apart: tile by tile the quads.
@group(0) @binding(2) var<storage, read_write> values: array<vec4<f32>>;

// Zero in the padding.
fn load(picture: u32, position: vec2<i32>, quad: u32) -> vec4<f32> {
    let inside = is_inside(position);
    let address = in_address(picture, select(vec2(0), position, inside));
    return select(vec4(0.0), input[address + quad], inside);
}
