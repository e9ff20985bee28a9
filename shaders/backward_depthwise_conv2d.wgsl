// Adjoint of the convolution with one kernel for each channel.
#import sum
#import second

// kh, kw, channel.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    return input[address + quad] * weights[tap_of(at, reads.position) * u.out_quads + quad];
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let sum = sum_over(readers_of(pixel), quad);
    if has(RELU_INPUT) {
        return select(vec4(0.0), sum, second[second_address(pixel) + quad] > vec4(0.0));
    }
    return sum;
}
