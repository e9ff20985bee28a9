// Adjoint of the largest value of each window: all goes to the tap that saw it first.
#import sum
#import second

// The number of that tap, by window and channel.
fn tap_seen(picture: u32, window: vec2<i32>, quad: u32) -> vec4<f32> {
    let row = i32(picture) * u.in_size.x + window.x;
    return second[second_address(u32(row * u.in_size.y + window.y)) + quad];
}

fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32> {
    let own = vec4(f32(tap_of(at, reads.position)));
    return select(vec4(0.0), input[address + quad], tap_seen(reads.picture, at, quad) == own);
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    return sum_over(readers_of(pixel), quad);
}
