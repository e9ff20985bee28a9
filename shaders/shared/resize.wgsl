// One pass of a separable resize. build.rs makes a Rust struct and Rust constants of it.
struct Pass {
    // Factor and summand of each channel's value 0 to 255 (second pass).
    scale: vec4<f32>,
    shift: vec4<f32>,
    // Pixels written by this dispatch.
    out_width: u32,
    out_height: u32,
    // Size of what is read along the axis that is resized.
    in_length: u32,
    // First pass: row of `rows` that is written first. Second pass: the photo's row that `rows` starts with.
    first_row: u32,
    // Numbers for each output position: the first input position, then fixed-point weights.
    taps: u32,
    // MIRROR and BGR (second pass).
    flags: u32,
    out_pitch: u32,
    out_offset: u32,
}

// Left to right.
const MIRROR = 1u;
// Blue first.
const BGR = 2u;

@group(0) @binding(0) var<uniform> u: Pass;
@group(0) @binding(1) var<storage, read> coefficients: array<i32>;

// PIL's fixed point: weights times 2^22, sums rounded to nearest and cut to 8 bits.
const HALF = 1i << 21u;

fn to_byte(sum: vec3<i32>) -> vec3<i32> {
    return clamp(sum >> vec3(22u), vec3(0), vec3(255));
}
