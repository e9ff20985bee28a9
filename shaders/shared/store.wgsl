#import nan
#import step

// For each quad of output channels: scale, shift, gain.
@group(0) @binding(3) var<storage, read> epilogue: array<vec4<f32>>;
// Something else, unread, where the step has no residual.
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> output: array<vec4<f32>>;

// What happens to the values of one quad on the way out.
struct Epilogue {
    scale: vec4<f32>,
    shift: vec4<f32>,
    gain: vec4<f32>,
    // Uniforms, read once for all pixels: CPUs do not keep them in registers.
    relu: bool,
    has_residual: bool,
    other: f32,
    residual_pitch: u32,
    residual: u32,
    out_pitch: u32,
    output: u32,
}

fn epilogue_of(quad: u32) -> Epilogue {
    let raw = has(RAW);
    return Epilogue(
        select(epilogue[quad * 3u], vec4(1.0), raw),
        select(epilogue[quad * 3u + 1u], vec4(0.0), raw),
        select(epilogue[quad * 3u + 2u], vec4(1.0), raw),
        has(RELU),
        has(RESIDUAL),
        u.other,
        u.residual_pitch,
        u.residual_offset + quad,
        u.out_pitch,
        u.out_offset + quad,
    );
}

// gain * relu(scale * value + shift + other * residual)
fn store_through(e: Epilogue, pixel: u32, value: vec4<f32>) {
    var y = value * e.scale + e.shift;
    if e.has_residual {
        y += e.other * residual[pixel * e.residual_pitch + e.residual];
    }
    if e.relu {
        y = relu(y);
    }
    output[pixel * e.out_pitch + e.output] = y * e.gain;
}

fn store(pixel: u32, quad: u32, value: vec4<f32>) {
    store_through(epilogue_of(quad), pixel, value);
}
