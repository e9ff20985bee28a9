// Mean of each window, over the padding too or not.
#import sum

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    return input[address + quad];
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let window = window_of(pixel);
    return sum_over(window, quad) / divisor_of(window.position, u.in_size);
}
