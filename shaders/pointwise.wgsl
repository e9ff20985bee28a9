// The input itself: batch norm, ReLU, sums and gains as steps of their own.
#import each
#import store

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    store(pixel, quad, input[pixel * u.in_pitch + u.in_offset + quad]);
}
