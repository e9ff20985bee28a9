// Whether any of a gradient comes through a ReLU, whose result is the second operand: 1 or 0, by one workgroup a picture.
#import vector
#import second

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let picture = group.x;
    if picture >= u.batch {
        return;
    }
    let pixels = u32(u.in_size.x * u.in_size.y);
    var any_passes = 0.0;
    for (var at = lane; at < pixels * u.in_quads; at += LANES) {
        let pixel = picture * pixels + at / u.in_quads;
        let quad = at % u.in_quads;
        let g = input[pixel * u.in_pitch + u.in_offset + quad];
        let y = second[second_address(pixel) + quad];
        if any((g != vec4(0.0)) & (y != vec4(0.0))) {
            any_passes = 1.0;
            break;
        }
    }
    let lanes = sum_of_lanes(lane, vec4(any_passes, 0.0, 0.0, 0.0));
    if lane == 0u {
        store(picture, 0u, vec4(min(lanes, 1.0), 0.0, 0.0, 0.0));
    }
}
