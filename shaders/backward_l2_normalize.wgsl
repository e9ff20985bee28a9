// Adjoint of x / |x|: (g - x * sum of g * x / |x|^2) / |x| of one vector, by one workgroup.
#import vector
#import second

fn seen(picture: u32, quad: u32) -> vec4<f32> {
    return second[second_address(picture) + quad];
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let picture = group.x;
    if picture >= u.batch {
        return;
    }
    var squares = vec4(0.0);
    var products = vec4(0.0);
    for (var quad = lane; quad < u.in_quads; quad += LANES) {
        let x = select(vec4(0.0), seen(picture, quad), is_channel(quad));
        squares += x * x;
        products += x * value(picture, quad);
    }
    let length = max(sqrt(sum_of_lanes(lane, squares)), 1e-12);
    workgroupBarrier();
    let along = sum_of_lanes(lane, products) / length / length;
    for (var quad = lane; quad < u.out_quads; quad += LANES) {
        store(picture, quad, (value(picture, quad) - seen(picture, quad) * along) / length);
    }
}
