// The outputs of each tile, from sums over channels at the points. An invocation for each quad of output channels of a
// tile.
#import step
#import store
#import winograd

// kh, kw, in, out.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;
// The input at the points. Only its first value is written.
@group(0) @binding(6) var<storage, read_write> values: array<vec4<f32>>;
// Point by point, u.second_pitch apart: tile by tile the quads.
@group(0) @binding(7) var<storage, read_write> sums: array<vec4<f32>>;

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

// By bits: compilers may take comparisons for granted.
fn is_finite(x: Four) -> bool {
    return are_finite(x.p0) && are_finite(x.p1) && are_finite(x.p2) && are_finite(x.p3);
}

fn are_finite(x: vec4<f32>) -> bool {
    return all((bitcast<vec4<u32>>(x) & vec4(0x7f800000u)) != vec4(0x7f800000u));
}

fn inside(position: vec2<i32>) -> bool {
    return all(position >= vec2(0)) && all(position < u.in_size);
}

// Whether all that a tile sees is finite.
fn sees_finite(picture: u32, corner: vec2<i32>) -> bool {
    for (var at = 0; at < POINTS * POINTS; at++) {
        let position = corner + vec2(at / POINTS, at % POINTS);
        if inside(position) {
            for (var q = 0u; q < u.in_quads; q++) {
                if !are_finite(input[in_address(picture, position) + q]) {
                    return false;
                }
            }
        }
    }
    return true;
}

// An output as it is defined.
fn defined(picture: u32, corner: vec2<i32>, quad: u32) -> vec4<f32> {
    var sum = vec4(0.0);
    for (var tap = 0; tap < 9; tap++) {
        let position = corner + vec2(tap / 3, tap % 3);
        if inside(position) {
            for (var q = 0u; q < u.in_quads; q++) {
                let x = input[in_address(picture, position) + q];
                let at = (u32(tap) * u.in_quads + q) * 4u * u.out_quads + quad;
                sum += mat4x4(
                    weights[at],
                    weights[at + u.out_quads],
                    weights[at + 2u * u.out_quads],
                    weights[at + 3u * u.out_quads],
                ) * x;
            }
        }
    }
    return sum;
}

fn store_column(e: Epilogue, position: vec3<i32>, c: Four) {
    let width = u.out_size.y;
    if position.y >= width {
        return;
    }
    let pixel = u32((position.z + position.x) * width + position.y);
    let left = u.out_size.x - position.x;
    store_through(e, pixel, c.p0);
    if left > 1 {
        store_through(e, pixel + u32(width), c.p1);
    }
    if left > 2 {
        store_through(e, pixel + 2u * u32(width), c.p2);
    }
    if left > 3 {
        store_through(e, pixel + 3u * u32(width), c.p3);
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let tiles = (u.out_size + OUTPUTS - 1) / OUTPUTS;
    let tile = i32(id.x / u.out_quads);
    let quad = id.x % u.out_quads;
    let picture = tile / (tiles.x * tiles.y);
    if picture >= i32(u.batch) {
        return;
    }
    let within = tile % (tiles.x * tiles.y);
    let first = vec2(within / tiles.y, within % tiles.y) * OUTPUTS;
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
    let e = epilogue_of(quad);
    let origin = vec3(first, picture * u.out_size.x);
    var columns = array(c0, c1, c2, c3);
    for (var x = 0; x < OUTPUTS; x++) {
        store_column(e, origin + vec3(0, x, 0), columns[x]);
    }
    let corner = first - u.pad_before;
    if !(is_finite(c0) && is_finite(c1) && is_finite(c2) && is_finite(c3)) && !sees_finite(u32(picture), corner) {
        for (var y = 0; y < min(u.out_size.x - first.x, OUTPUTS); y++) {
            for (var x = 0; x < min(u.out_size.y - first.y, OUTPUTS); x++) {
                let pixel = (origin.z + origin.x + y) * u.out_size.y + origin.y + x;
                store_through(e, u32(pixel), defined(u32(picture), corner + vec2(y, x), quad));
            }
        }
    }
    // No number for the next step, which has to write both: a dispatch that never happens shows.
    if id.x == 0u {
        let nan = vec4(bitcast<f32>(0x7fc00000u | u.flags));
        values[0] = nan;
        sums[0] = nan;
    }
}
