// Resizes rows of a photo to the columns of the crop.
#import resize

// Bytes R, G, B, R, ...
@group(0) @binding(2) var<storage, read> photo: array<u32>;
// One pixel a number.
@group(0) @binding(3) var<storage, read_write> rows: array<u32>;

fn byte(i: u32) -> i32 {
    return i32((photo[i / 4u] >> (i % 4u * 8u)) & 255u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = id.x % u.out_width;
    let y = id.x / u.out_width;
    if y >= u.out_height {
        return;
    }
    let entry = x * (u.taps + 1u);
    let first = u32(coefficients[entry]);
    var sum = vec3(HALF);
    for (var t = 0u; t < u.taps; t++) {
        // Weights that do not exist are zero.
        let p = (y * u.in_length + min(first + t, u.in_length - 1u)) * 3u;
        sum += vec3(byte(p), byte(p + 1u), byte(p + 2u)) * coefficients[entry + 1u + t];
    }
    let rgb = vec3<u32>(to_byte(sum));
    rows[(u.first_row + y) * u.out_width + x] = rgb.x | (rgb.y << 8u) | (rgb.z << 16u);
}
