// WGSL's max may drop NaN, and compilers may take comparisons with it for granted: bits decide here, so
// that the alarm of values that are no numbers is never lost on the way.

fn is_nan(x: vec4<f32>) -> vec4<bool> {
    return (bitcast<vec4<u32>>(x) & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

fn relu(x: vec4<f32>) -> vec4<f32> {
    return select(max(x, vec4(0.0)), x, is_nan(x));
}

// The larger of two values, NaN if one of them is.
fn largest(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}
