// A vector divided by its Euclidean length, by one workgroup.
#import vector

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let picture = group.x;
    if picture >= u.batch {
        return;
    }
    var sum = vec4(0.0);
    for (var quad = lane; quad < u.in_quads; quad += LANES) {
        sum += select(vec4(0.0), value(picture, quad) * value(picture, quad), is_channel(quad));
    }
    // As PyTorch: the length is at least 1e-12.
    let length = max(sqrt(sum_of_lanes(lane, sum)), 1e-12);
    for (var quad = lane; quad < u.out_quads; quad += LANES) {
        store(picture, quad, value(picture, quad) / length);
    }
}
