// x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta.
#import each

fn square(address: u32, c: i32) -> f32 {
    let x = input[address + u32(c) / 4u][u32(c) % 4u];
    return x * x;
}

// Sum of squares around channel `c`, cut at the first and last channel.
fn energy(address: u32, c: i32) -> f32 {
    let size = i32(u.groups);
    var sum = 0.0;
    let end = min(c + (size - 1) / 2, i32(u.in_channels) - 1);
    for (var i = max(c - size / 2, 0); i <= end; i++) {
        sum += square(address, i);
    }
    return sum;
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let a = pixel * u.in_pitch + u.in_offset;
    let c = i32(quad) * 4;
    let sums = vec4(energy(a, c), energy(a, c + 1), energy(a, c + 2), energy(a, c + 3));
    let divisor = pow(u.k + u.alpha / f32(u.groups) * sums, vec4(u.beta));
    return input[a + quad] / divisor;
}
