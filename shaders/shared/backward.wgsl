#import each
#import store

// For adjoints: the input is the gradient of what a kernel yielded, the output that of what it read.

// What the kernel read, or yielded; and what it yielded, where both are needed.
@group(0) @binding(6) var<storage, read> second: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> third: array<vec4<f32>>;

// Of what has the output's size.
fn second_address(pixel: u32) -> u32 {
    return pixel * u.second_pitch + u.second_offset;
}

// The windows that read an output pixel, [begin, end), by their rows and columns.
struct Readers {
    picture: u32,
    position: vec2<i32>,
    begin: vec2<i32>,
    end: vec2<i32>,
}

fn readers_of(pixel: u32) -> Readers {
    let position = out_position(pixel);
    let padded = position + u.pad_before;
    let begin = max((padded - u.kernel + u.stride) / u.stride, vec2(0));
    return Readers(picture_of(pixel), position, begin, min(padded / u.stride + 1, u.in_size));
}

// Which of a window's taps reads a position.
fn tap_of(window: vec2<i32>, position: vec2<i32>) -> u32 {
    let tap = position + u.pad_before - window * u.stride;
    return u32(tap.x * u.kernel.y + tap.y);
}
