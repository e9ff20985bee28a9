#import step
#import store

// For kernels with one invocation for each quad of each output pixel. A file that imports this defines
//     fn value_of(pixel: u32, quad: u32) -> vec4<f32>
// which yields the values on which the epilogue works.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= out_pixels() * u.out_quads {
        return;
    }
    let pixel = id.x / u.out_quads;
    let quad = id.x % u.out_quads;
    store(pixel, quad, value_of(pixel, quad));
}
