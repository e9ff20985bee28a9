// Adjoint of y = x * d^-beta with d = k + alpha / size * sum of x^2 over `size` neighbouring channels:
// g * d^-beta - 2 * alpha * beta / size * x * sum of g * x * d^(-beta - 1), over the channels whose window
// has this one.
#import each
#import second

fn seen(address: u32, c: i32) -> f32 {
    return second[address + u32(c) / 4u][u32(c) % 4u];
}

fn divisor(address: u32, c: i32) -> f32 {
    let size = i32(u.groups);
    var sum = 0.0;
    let end = min(c + (size - 1) / 2, i32(u.in_channels) - 1);
    for (var i = max(c - size / 2, 0); i <= end; i++) {
        let x = seen(address, i);
        sum += x * x;
    }
    return u.k + u.alpha / f32(size) * sum;
}

fn own(a: u32, b: u32, c: i32) -> f32 {
    if c >= i32(u.in_channels) {
        return 0.0;
    }
    let size = i32(u.groups);
    var sum = 0.0;
    let end = min(c + size / 2, i32(u.in_channels) - 1);
    for (var i = max(c - (size - 1) / 2, 0); i <= end; i++) {
        sum += input[a + u32(i) / 4u][u32(i) % 4u] * seen(b, i) * pow(divisor(b, i), -u.beta - 1.0);
    }
    let g = input[a + u32(c) / 4u][u32(c) % 4u];
    return g * pow(divisor(b, c), -u.beta) - 2.0 * u.alpha * u.beta / f32(size) * seen(b, c) * sum;
}

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let a = pixel * u.in_pitch + u.in_offset;
    let b = second_address(pixel);
    let c = i32(quad) * 4;
    return vec4(own(a, b, c), own(a, b, c + 1), own(a, b, c + 2), own(a, b, c + 3));
}
