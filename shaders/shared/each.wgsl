#import step

// For kernels with one invocation for each quad of each output pixel.
fn is_outside(invocation: u32) -> bool {
    return invocation >= out_pixels() * u.out_quads;
}

fn pixel_of(invocation: u32) -> u32 {
    return invocation / u.out_quads;
}

fn quad_of(invocation: u32) -> u32 {
    return invocation % u.out_quads;
}

// The rows and columns of the input under an output pixel's window, [begin, end).
struct Window {
    picture: u32,
    begin: vec2<i32>,
    end: vec2<i32>,
    // Its corner, which may lie in the padding.
    corner: vec2<i32>,
}

fn window_of(pixel: u32) -> Window {
    let corner = out_position(pixel) * u.stride - u.pad_before;
    return Window(picture_of(pixel), max(corner, vec2(0)), min(corner + u.kernel, u.in_size), corner);
}
