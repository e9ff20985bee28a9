// Adjoint of softmax: y * (g - sum of g * y) of one vector, by one workgroup.
#import vector
#import second

fn yielded(picture: u32, quad: u32) -> vec4<f32> {
    return second[second_address(picture) + quad];
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let picture = group.x;
    if picture >= u.batch {
        return;
    }
    var sum = vec4(0.0);
    for (var quad = lane; quad < u.in_quads; quad += LANES) {
        sum += select(vec4(0.0), value(picture, quad) * yielded(picture, quad), is_channel(quad));
    }
    let mean = sum_of_lanes(lane, sum);
    for (var quad = lane; quad < u.out_quads; quad += LANES) {
        let y = select(vec4(0.0), yielded(picture, quad), is_channel(quad));
        store(picture, quad, y * (value(picture, quad) - mean));
    }
}
