// The outputs of each tile, from sums over channels at the points. An invocation for each quad of output channels of a
// tile.
#import step
#import store
#import leave
#import points_3x3

// Outputs of a tile in a row or column.
struct Four {
    p0: vec4<f32>,
    p1: vec4<f32>,
    p2: vec4<f32>,
    p3: vec4<f32>,
}

fn from_points(x: Six) -> Four {
    let near_even = x.p1 + x.p2;
    let near_odd = NEAR * (x.p1 - x.p2);
    let far_even = x.p3 + x.p4;
    let far_odd = FAR * (x.p3 - x.p4);
    return Four(
        x.p0 + near_even + far_even,
        near_odd + far_odd,
        0.5 * near_even + 2.0 * far_even,
        0.5 * near_odd + 2.0 * far_odd + x.p5,
    );
}

fn row(y: u32, first: u32) -> Four {
    let plane = u.second_pitch;
    return from_points(Six(
        sums[first + point_at(y, 0u, plane)],
        sums[first + point_at(y, 1u, plane)],
        sums[first + point_at(y, 2u, plane)],
        sums[first + point_at(y, 3u, plane)],
        sums[first + point_at(y, 4u, plane)],
        sums[first + point_at(y, 5u, plane)],
    ));
}

fn is_finite(x: Four) -> bool {
    return are_finite(x.p0) && are_finite(x.p1) && are_finite(x.p2) && are_finite(x.p3);
}

fn store_column(e: Epilogue, tile: Tile, x: i32, c: Four) {
    let width = u32(u.out_size.y);
    if x >= tile.size.y {
        return;
    }
    let pixel = pixel_of(tile, vec2(0, x));
    store_through(e, pixel, c.p0);
    if tile.size.x > 1 {
        store_through(e, pixel + width, c.p1);
    }
    if tile.size.x > 2 {
        store_through(e, pixel + 2u * width, c.p2);
    }
    if tile.size.x > 3 {
        store_through(e, pixel + 3u * width, c.p3);
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let tile = tile_of(id.x, vec2(OUTPUTS, OUTPUTS));
    if tile.picture >= i32(u.batch) {
        return;
    }
    let r0 = row(0u, id.x);
    let r1 = row(1u, id.x);
    let r2 = row(2u, id.x);
    let r3 = row(3u, id.x);
    let r4 = row(4u, id.x);
    let r5 = row(5u, id.x);
    let c0 = from_points(Six(r0.p0, r1.p0, r2.p0, r3.p0, r4.p0, r5.p0));
    let c1 = from_points(Six(r0.p1, r1.p1, r2.p1, r3.p1, r4.p1, r5.p1));
    let c2 = from_points(Six(r0.p2, r1.p2, r2.p2, r3.p2, r4.p2, r5.p2));
    let c3 = from_points(Six(r0.p3, r1.p3, r2.p3, r3.p3, r4.p3, r5.p3));
    let e = epilogue_of(tile.quad);
    // One copy of the code that stores a column.
    var columns = array(c0, c1, c2, c3);
    for (var x = 0; x < OUTPUTS; x++) {
        store_column(e, tile, x, columns[x]);
    }
    finish(tile, e, is_finite(c0) && is_finite(c1) && is_finite(c2) && is_finite(c3));
}
