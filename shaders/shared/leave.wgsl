#import step
#import store

// For kernels that make outputs of sums at points.

// kh, kw, in, out.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;
// The input at the points. Only its first value is written.
@group(0) @binding(6) var<storage, read_write> values: array<vec4<f32>>;
// Point by point, u.second_pitch apart: tile by tile the quads.
@group(0) @binding(7) var<storage, read_write> sums: array<vec4<f32>>;

// A tile's outputs, of one quad.
struct Tile {
    quad: u32,
    picture: i32,
    // Row and column of the first, and how many there are.
    first: vec2<i32>,
    size: vec2<i32>,
}

// The tile of an invocation, of so many rows and columns but at the edges.
fn tile_of(invocation: u32, size: vec2<i32>) -> Tile {
    let tiles = (u.out_size + size - 1) / size;
    let index = i32(invocation / u.out_quads);
    let within = index % (tiles.x * tiles.y);
    let first = vec2(within / tiles.y, within % tiles.y) * size;
    return Tile(invocation % u.out_quads, index / (tiles.x * tiles.y), first, min(u.out_size - first, size));
}

// An output of it.
fn pixel_of(tile: Tile, position: vec2<i32>) -> u32 {
    let at = tile.first + position;
    return u32((tile.picture * u.out_size.x + at.x) * u.out_size.y + at.y);
}

// By bits: compilers may take comparisons for granted.
fn are_finite(x: vec4<f32>) -> bool {
    return all((bitcast<vec4<u32>>(x) & vec4(0x7f800000u)) != vec4(0x7f800000u));
}

// Whether all that a tile sees is finite.
fn sees_finite(tile: Tile) -> bool {
    let corner = tile.first - u.pad_before;
    let size = tile.size + u.kernel - 1;
    for (var at = 0; at < size.x * size.y; at++) {
        let position = corner + vec2(at / size.y, at % size.y);
        if is_inside(position) {
            for (var q = 0u; q < u.in_quads; q++) {
                if !are_finite(input[in_address(u32(tile.picture), position) + q]) {
                    return false;
                }
            }
        }
    }
    return true;
}

// An output as it is defined.
fn defined(tile: Tile, position: vec2<i32>) -> vec4<f32> {
    let corner = tile.first + position - u.pad_before;
    var sum = vec4(0.0);
    for (var tap = 0; tap < u.kernel.x * u.kernel.y; tap++) {
        let seen = corner + vec2(tap / u.kernel.y, tap % u.kernel.y);
        if is_inside(seen) {
            for (var q = 0u; q < u.in_quads; q++) {
                let at = (u32(tap) * u.in_quads + q) * 4u * u.out_quads + tile.quad;
                sum += mat4x4(
                    weights[at],
                    weights[at + u.out_quads],
                    weights[at + 2u * u.out_quads],
                    weights[at + 3u * u.out_quads],
                ) * input[in_address(u32(tile.picture), seen) + q];
            }
        }
    }
    return sum;
}

// To be called after a tile's outputs were stored. What one pixel sees that is not finite is at the points in all that
// the tile sees, and so in outputs that do not depend on it: these are computed as they are defined. If all is finite that
// the tile sees, the sums were not computed, and that has to show.
fn finish(tile: Tile, e: Epilogue, outputs_are_finite: bool) {
    if !outputs_are_finite && !sees_finite(tile) {
        for (var at = 0; at < tile.size.x * tile.size.y; at++) {
            let position = vec2(at / tile.size.y, at % tile.size.y);
            store_through(e, pixel_of(tile, position), defined(tile, position));
        }
    }
    // No numbers for the next step, which has to write both: a dispatch that never happens shows.
    if tile.quad == 0u && tile.picture == 0 && all(tile.first == vec2(0)) {
        let nan = vec4(bitcast<f32>(0x7fc00000u | u.flags));
        values[0] = nan;
        sums[0] = nan;
    }
}
