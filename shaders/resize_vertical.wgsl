// Resizes columns to the rows of the crop, mirrors and normalises into the network's input.
#import resize

// One pixel a number.
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = id.x % u.out_width;
    let y = id.x / u.out_width;
    if y >= u.out_height {
        return;
    }
    let entry = y * (u.taps + 1u);
    let first = u32(coefficients[entry]);
    var sum = vec3(HALF);
    for (var t = 0u; t < u.taps; t++) {
        // Weights that do not exist are zero.
        let row = min(first + t, u.in_length - 1u) - u.first_row;
        let pixel = rows[row * u.out_width + x];
        let rgb = vec3(pixel & 255u, (pixel >> 8u) & 255u, (pixel >> 16u) & 255u);
        sum += vec3<i32>(rgb) * coefficients[entry + 1u + t];
    }
    let rgb = vec3<f32>(to_byte(sum));
    let ordered = select(rgb, rgb.bgr, (u.flags & BGR) != 0u);
    let column = select(x, u.out_width - 1u - x, (u.flags & MIRROR) != 0u);
    output[(y * u.out_width + column) * u.out_pitch + u.out_offset] = vec4(ordered, 0.0) * u.scale + u.shift;
}
