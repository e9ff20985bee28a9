#import step

// Window geometry, all of it, as in src/net/op/window.rs.

// The rectangle of the input, [begin, end), that an output position reads.
struct Reads {
    picture: u32,
    position: vec2<i32>,
    begin: vec2<i32>,
    end: vec2<i32>,
}

// What is under an output pixel's window.
fn window_of(pixel: u32) -> Reads {
    let position = out_position(pixel);
    let corner = position * u.stride - u.pad_before;
    return Reads(picture_of(pixel), position, max(corner, vec2(0)), min(corner + u.kernel, u.in_size));
}

// For adjoints, whose input has the size of the windows: the windows that read an output pixel.
fn readers_of(pixel: u32) -> Reads {
    let position = out_position(pixel);
    let padded = position + u.pad_before;
    let begin = max((padded - u.kernel + u.stride) / u.stride, vec2(0));
    return Reads(picture_of(pixel), position, begin, min(padded / u.stride + 1, u.in_size));
}

// By which of a window's taps, row by row, it sees a position.
fn tap_of(window: vec2<i32>, position: vec2<i32>) -> u32 {
    let tap = position + u.pad_before - window * u.stride;
    return u32(tap.x * u.kernel.y + tap.y);
}

// What the mean of a window over maps of that size divides by.
fn divisor_of(window: vec2<i32>, size: vec2<i32>) -> f32 {
    let corner = window * u.stride - u.pad_before;
    var counted = min(corner + u.kernel, size) - max(corner, vec2(0));
    if has(COUNT_INCLUDE_PAD) {
        // A window that hangs over the padding (ceil mode) counts up to its end.
        counted = min(corner + u.kernel, size + u.pad_after) - corner;
    }
    return f32(counted.x * counted.y);
}
