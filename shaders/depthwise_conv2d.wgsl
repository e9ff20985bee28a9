// One kernel for each channel.
#import sum

// kh, kw, channel.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    var value = input[address + quad];
    if has(RELU_INPUT) {
        value = relu(value);
    }
    return value * weights[tap_of(reads.position, at) * u.out_quads + quad];
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    return sum_over(window_of(pixel), quad);
}
