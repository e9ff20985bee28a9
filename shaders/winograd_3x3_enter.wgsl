// What each tile of a convolution sees, at the points. An invocation for each quad of input channels of a tile, which
// counts as an output pixel.
#import step
#import enter
#import points_3x3

fn at_points(x: Six) -> Six {
    let near_even = x.p4 - 2.0 * x.p2;
    let near_odd = NEAR * (x.p3 - 2.0 * x.p1);
    let far_even = x.p4 - 0.5 * x.p2;
    let far_odd = FAR * (x.p3 - 0.5 * x.p1);
    return Six(
        x.p0 - 2.5 * x.p2 + x.p4,
        near_even + near_odd,
        near_even - near_odd,
        far_even + far_odd,
        far_even - far_odd,
        x.p1 - 2.5 * x.p3 + x.p5,
    );
}

// A column of what the tile sees, whose first pixel has this position.
fn column(picture: u32, position: vec2<i32>, quad: u32) -> Six {
    return at_points(Six(
        load(picture, position, quad),
        load(picture, position + vec2(1, 0), quad),
        load(picture, position + vec2(2, 0), quad),
        load(picture, position + vec2(3, 0), quad),
        load(picture, position + vec2(4, 0), quad),
        load(picture, position + vec2(5, 0), quad),
    ));
}

fn store_row(y: u32, first: u32, row: Six) {
    let plane = u.second_out_pitch;
    let points = at_points(row);
    values[first + point_at(y, 0u, plane)] = points.p0;
    values[first + point_at(y, 1u, plane)] = points.p1;
    values[first + point_at(y, 2u, plane)] = points.p2;
    values[first + point_at(y, 3u, plane)] = points.p3;
    values[first + point_at(y, 4u, plane)] = points.p4;
    values[first + point_at(y, 5u, plane)] = points.p5;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= out_pixels() * u.in_quads {
        return;
    }
    let tile = id.x / u.in_quads;
    let quad = id.x % u.in_quads;
    let picture = picture_of(tile);
    let corner = out_position(tile) * OUTPUTS - u.pad_before;
    let c0 = column(picture, corner, quad);
    let c1 = column(picture, corner + vec2(0, 1), quad);
    let c2 = column(picture, corner + vec2(0, 2), quad);
    let c3 = column(picture, corner + vec2(0, 3), quad);
    let c4 = column(picture, corner + vec2(0, 4), quad);
    let c5 = column(picture, corner + vec2(0, 5), quad);
    store_row(0u, id.x, Six(c0.p0, c1.p0, c2.p0, c3.p0, c4.p0, c5.p0));
    store_row(1u, id.x, Six(c0.p1, c1.p1, c2.p1, c3.p1, c4.p1, c5.p1));
    store_row(2u, id.x, Six(c0.p2, c1.p2, c2.p2, c3.p2, c4.p2, c5.p2));
    store_row(3u, id.x, Six(c0.p3, c1.p3, c2.p3, c3.p3, c4.p3, c5.p3));
    store_row(4u, id.x, Six(c0.p4, c1.p4, c2.p4, c3.p4, c4.p4, c5.p4));
    store_row(5u, id.x, Six(c0.p5, c1.p5, c2.p5, c3.p5, c4.p5, c5.p5));
}
