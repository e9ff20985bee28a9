// The outputs of each tile of a convolution with 1x7 or 7x1 windows, from sums over channels at the points. An invocation
// for each quad of output channels of a tile.
#import step
#import store
#import leave
#import points_1x7

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let next = along();
    let tile = tile_of(id.x, tile_size());
    if tile.picture >= i32(u.batch) {
        return;
    }
    let plane = u.second_pitch;
    let p0 = sums[id.x];
    let p1 = sums[id.x + plane];
    let p2 = sums[id.x + 2u * plane];
    let p3 = sums[id.x + 3u * plane];
    let p4 = sums[id.x + 4u * plane];
    let p5 = sums[id.x + 5u * plane];
    let p6 = sums[id.x + 6u * plane];
    let p7 = sums[id.x + 7u * plane];
    let p8 = sums[id.x + 8u * plane];
    let v0 = p0 + (p1 + p2) + (p3 + p4) + (p5 + p6) + (p7 + p8);
    let v1 = ROOTS.x * (p1 - p2) + ROOTS.y * (p3 - p4) + ROOTS.z * (p5 - p6) + ROOTS.w * (p7 - p8);
    let v2 = SQUARES.x * (p1 + p2) + SQUARES.y * (p3 + p4) + SQUARES.z * (p5 + p6) + SQUARES.w * (p7 + p8);
    let e = epilogue_of(tile.quad);
    let size = tile.size.x * tile.size.y;
    store_through(e, pixel_of(tile, vec2(0)), v0);
    if size > 1 {
        store_through(e, pixel_of(tile, next), v1);
    }
    if size > 2 {
        store_through(e, pixel_of(tile, 2 * next), v2);
    }
    finish(tile, e, are_finite(v0) && are_finite(v1) && are_finite(v2));
}
