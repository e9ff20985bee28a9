// A vector divided by its Euclidean length, by one workgroup.
#import vector

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var sum = vec4(0.0);
    for (var quad = lane; quad < u.in_quads; quad += LANES) {
        sum += select(vec4(0.0), value(quad) * value(quad), is_channel(quad));
    }
    // As PyTorch: the length is at least 1e-12.
    let length = max(sqrt(sum_of_lanes(lane, sum)), 1e-12);
    for (var quad = lane; quad < u.out_quads; quad += LANES) {
        store(0u, quad, value(quad) / length);
    }
}
