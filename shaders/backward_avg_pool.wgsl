// Adjoint of the mean of each window, over the padding too or not.
#import sum

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    return input[address + quad] / divisor_of(at, u.out_size);
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    return sum_over(readers_of(pixel), quad);
}
