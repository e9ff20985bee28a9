// Adjoint of means over regions that tile the input.
#import sum
#import region

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    return input[address + quad] / area_of(region_of(at, u.out_size, u.in_size));
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let position = out_position(pixel);
    let readers = region_of(position, u.in_size, u.out_size);
    return sum_over(Reads(picture_of(pixel), position, readers.begin, readers.end), quad);
}
