// What a step computes. build.rs makes a Rust struct and Rust constants of it.
struct Step {
    // Rows and columns.
    in_size: vec2<i32>,
    out_size: vec2<i32>,
    kernel: vec2<i32>,
    stride: vec2<i32>,
    // Top and left, then bottom and right.
    pad_before: vec2<i32>,
    pad_after: vec2<i32>,
    // A buffer is an array of pixels; counted in vec4: distance of pixels, first of the view.
    in_pitch: u32,
    in_offset: u32,
    out_pitch: u32,
    out_offset: u32,
    residual_pitch: u32,
    residual_offset: u32,
    // Of a second operand, and of a second output.
    second_pitch: u32,
    second_offset: u32,
    second_out_pitch: u32,
    second_out_offset: u32,
    // Channels, and groups of four of them ("quads").
    in_channels: u32,
    out_channels: u32,
    in_quads: u32,
    out_quads: u32,
    // Groups of a grouped convolution, channels of a normalisation window.
    groups: u32,
    flags: u32,
    // Most output rows of a strip (strip.wgsl).
    rows: i32,
    // Pictures.
    batch: u32,
    // From one picture's weights to the next one's, in vec4, where each has its own.
    weights_pitch: u32,
    // Factor of the residual.
    other: f32,
    // Local response normalisation.
    alpha: f32,
    beta: f32,
    k: f32,
}

const RELU = 1u;
const RESIDUAL = 2u;
const RELU_INPUT = 4u;
const COUNT_INCLUDE_PAD = 8u;
const GUIDED = 16u;
// No epilogue: sums are stored as they are.
const RAW = 32u;

@group(0) @binding(0) var<uniform> u: Step;
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;

fn has(flag: u32) -> bool {
    return (u.flags & flag) != 0u;
}

// Pixels of one picture's output.
fn out_area() -> u32 {
    return u32(u.out_size.x * u.out_size.y);
}

// Pixels are counted over all pictures, one after the other.
fn out_pixels() -> u32 {
    return u.batch * out_area();
}

fn picture_of(pixel: u32) -> u32 {
    return pixel / out_area();
}

// Row and column of an output pixel in its picture.
fn out_position(pixel: u32) -> vec2<i32> {
    let p = i32(pixel % out_area());
    return vec2(p / u.out_size.y, p % u.out_size.y);
}

// Where an input pixel of a picture starts.
fn in_address(picture: u32, position: vec2<i32>) -> u32 {
    let row = i32(picture) * u.in_size.x + position.x;
    return u32(row * u.in_size.y + position.y) * u.in_pitch + u.in_offset;
}

// Whether there is an input pixel.
fn is_inside(position: vec2<i32>) -> bool {
    return all(position >= vec2(0)) && all(position < u.in_size);
}

// Which of a quad's channels are no padding.
fn is_channel(quad: u32) -> vec4<bool> {
    return vec4(quad * 4u) + vec4(0u, 1u, 2u, 3u) < vec4(u.in_channels);
}
