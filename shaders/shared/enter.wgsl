#import step

// For kernels that bring something to points.

// Point by point, u.second_out_pitch apart.
@group(0) @binding(2) var<storage, read_write> values: array<vec4<f32>>;

// What a tile, which counts as an output pixel, sees of a quad of channels.
struct Seen {
    quad: u32,
    picture: u32,
    // Row and column of the first.
    corner: vec2<i32>,
}

// What an invocation reads, where tiles have so many rows and columns.
fn seen_by(invocation: u32, size: vec2<i32>) -> Seen {
    let tile = invocation / u.in_quads;
    return Seen(invocation % u.in_quads, picture_of(tile), out_position(tile) * size - u.pad_before);
}

// Zero in the padding.
fn load(seen: Seen, offset: vec2<i32>) -> vec4<f32> {
    let position = seen.corner + offset;
    let inside = is_inside(position);
    let address = in_address(seen.picture, select(vec2(0), position, inside));
    return select(vec4(0.0), input[address + seen.quad], inside);
}

// The values at a point and at its opposite, from the even and the odd part.
fn store_pair(first: u32, even: vec4<f32>, odd: vec4<f32>) {
    values[first] = even + odd;
    values[first + u.second_out_pitch] = even - odd;
}
