// exp(x - max) / sum of exp(x - max) of one vector, by one workgroup.
#import vector

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let picture = group.x;
    if picture >= u.batch {
        return;
    }
    var largest = vec4(LOWEST);
    for (var quad = lane; quad < u.in_quads; quad += LANES) {
        largest = max(largest, select(vec4(LOWEST), value(picture, quad), is_channel(quad)));
    }
    partial[lane] = max(max(largest.x, largest.y), max(largest.z, largest.w));
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            partial[lane] = max(partial[lane], partial[lane + half]);
        }
    }
    workgroupBarrier();
    let top = partial[0];
    workgroupBarrier();

    var sum = vec4(0.0);
    for (var quad = lane; quad < u.in_quads; quad += LANES) {
        sum += select(vec4(0.0), exp(value(picture, quad) - top), is_channel(quad));
    }
    let total = sum_of_lanes(lane, sum);
    for (var quad = lane; quad < u.out_quads; quad += LANES) {
        store(picture, quad, select(vec4(0.0), exp(value(picture, quad) - top) / total, is_channel(quad)));
    }
}
