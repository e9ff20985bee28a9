// The input itself: batch norm, ReLU, sums and gains as steps of their own.
#import each

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    return input[pixel * u.in_pitch + u.in_offset + quad];
}
