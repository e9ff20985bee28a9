// What a dense convolution multiplies its weights with: for each output pixel, the input under each weight of the window.
// pointwise: a 1x1 window with stride 1 and no padding needs no bounds checks.
#import step

// Uniforms that every pixel needs, read once: CPUs do not keep them in registers.
struct Frame {
    last: u32,
    pitch: u32,
    offset: u32,
#ifndef pointwise
    out_width: u32,
    out_area: u32,
    stride: vec2<i32>,
    pad: vec2<i32>,
    // As unsigned numbers, below which no negative one is.
    in_size: vec2<u32>,
#endif
}

const ALL_BITS = 0xffffffffu;

// The input pixel that meets one weight of the window.
struct Source {
    address: u32,
#ifndef pointwise
    // All bits of what counts, none in the padding, which is zero.
    mask: u32,
#endif
}

#ifdef pointwise
fn frame_of_step() -> Frame {
    return Frame(out_pixels() - 1u, u.in_pitch, u.in_offset);
}

fn corner_of(pixel: u32, frame: Frame) -> u32 {
    return min(pixel, frame.last) * frame.pitch + frame.offset;
}

fn source(corner: u32, frame: Frame) -> Source {
    return Source(corner);
}

fn load(source: Source, quad: u32) -> vec4<f32> {
    return input[source.address + quad];
}
#else
fn frame_of_step() -> Frame {
    return Frame(
        out_pixels() - 1u,
        u.in_pitch,
        u.in_offset,
        u32(u.out_size.y),
        out_area(),
        u.stride,
        u.pad_before,
        vec2<u32>(u.in_size),
    );
}

// The window's first row and column, and the first input row of its picture, counted over all pictures.
// Pixels after the last repeat it, and are not stored.
fn corner_of(pixel: u32, frame: Frame) -> vec3<i32> {
    let p = min(pixel, frame.last);
    let picture = p / frame.out_area;
    let within = p % frame.out_area;
    let position = vec2<i32>(vec2(within / frame.out_width, within % frame.out_width));
    return vec3(position * frame.stride - frame.pad, i32(picture * frame.in_size.x));
}

fn source(position: vec3<i32>, frame: Frame) -> Source {
    let p = vec3<u32>(position);
    let inside = p.x < frame.in_size.x && p.y < frame.in_size.y;
    let mask = select(0u, ALL_BITS, inside);
    return Source((((p.z + p.x) * frame.in_size.y + p.y) & mask) * frame.pitch + frame.offset, mask);
}

fn load(source: Source, quad: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(input[source.address + quad]) & vec4(source.mask));
}
#endif
