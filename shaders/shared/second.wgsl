#import step

// What an adjoint reads besides the gradient.
@group(0) @binding(6) var<storage, read> second: array<vec4<f32>>;

// Of one that has the output's size.
fn second_address(pixel: u32) -> u32 {
    return pixel * u.second_pitch + u.second_offset;
}
