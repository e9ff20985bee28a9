// What each tile of a convolution sees, at the points. An invocation for each quad of input channels of a tile, which
// counts as an output pixel.
#import step
#import enter_3x3

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

// A column of what the tile sees.
fn column(seen: Seen, x: i32) -> Six {
    return at_points(Six(
        load(seen, vec2(0, x)),
        load(seen, vec2(1, x)),
        load(seen, vec2(2, x)),
        load(seen, vec2(3, x)),
        load(seen, vec2(4, x)),
        load(seen, vec2(5, x)),
    ));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= out_pixels() * u.in_quads {
        return;
    }
    let seen = seen_by(id.x, vec2(OUTPUTS, OUTPUTS));
    let c0 = column(seen, 0);
    let c1 = column(seen, 1);
    let c2 = column(seen, 2);
    let c3 = column(seen, 3);
    let c4 = column(seen, 4);
    let c5 = column(seen, 5);
    store_row(0u, id.x, at_points(Six(c0.p0, c1.p0, c2.p0, c3.p0, c4.p0, c5.p0)));
    store_row(1u, id.x, at_points(Six(c0.p1, c1.p1, c2.p1, c3.p1, c4.p1, c5.p1)));
    store_row(2u, id.x, at_points(Six(c0.p2, c1.p2, c2.p2, c3.p2, c4.p2, c5.p2)));
    store_row(3u, id.x, at_points(Six(c0.p3, c1.p3, c2.p3, c3.p3, c4.p3, c5.p3)));
    store_row(4u, id.x, at_points(Six(c0.p4, c1.p4, c2.p4, c3.p4, c4.p4, c5.p4)));
    store_row(5u, id.x, at_points(Six(c0.p5, c1.p5, c2.p5, c3.p5, c4.p5, c5.p5)));
}
