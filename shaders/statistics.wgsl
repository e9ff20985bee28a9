// Statistics of a view's channels: one workgroup for each quad, its lanes share out the pixels.
#import step

const LANES = 64u;
// Beyond every value; browsers refuse literals near the end of the range.
const HUGE = 3.0e38;

// For each quad: least, greatest, sum and sum of squares of the finite values, how many are zero, how
// many are not finite, and the pixel of the greatest.
@group(0) @binding(2) var<storage, read_write> found: array<vec4<u32>>;

struct Partial {
    least: vec4<f32>,
    greatest: vec4<f32>,
    sum: vec4<f32>,
    squares: vec4<f32>,
    zeros: vec4<u32>,
    infinite: vec4<u32>,
    peak: vec4<u32>,
}

var<workgroup> partial: array<Partial, LANES>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let quad = group.x;
    var own = Partial(vec4(HUGE), vec4(-HUGE), vec4(0.0), vec4(0.0), vec4(0u), vec4(0u), vec4(0u));
    for (var pixel = lane; pixel < u32(u.in_size.x * u.in_size.y); pixel += LANES) {
        let x = input[pixel * u.in_pitch + u.in_offset + quad];
        // By the bits: compilers may take comparisons with NaN and infinity for granted.
        let finite = (bitcast<vec4<u32>>(x) & vec4(0x7f800000u)) != vec4(0x7f800000u);
        let value = select(vec4(0.0), x, finite);
        own.least = select(own.least, min(own.least, value), finite);
        let greater = finite & (value > own.greatest);
        own.greatest = select(own.greatest, value, greater);
        own.peak = select(own.peak, vec4(pixel), greater);
        own.sum += value;
        own.squares += value * value;
        own.zeros += select(vec4(0u), vec4(1u), finite & (value == vec4(0.0)));
        own.infinite += select(vec4(1u), vec4(0u), finite);
    }
    partial[lane] = own;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            let a = partial[lane];
            let b = partial[lane + half];
            // Of equal ones the first pixel.
            let greater = (b.greatest > a.greatest) | ((b.greatest == a.greatest) & (b.peak < a.peak));
            partial[lane] = Partial(
                min(a.least, b.least),
                max(a.greatest, b.greatest),
                a.sum + b.sum,
                a.squares + b.squares,
                a.zeros + b.zeros,
                a.infinite + b.infinite,
                select(a.peak, b.peak, greater),
            );
        }
    }
    if lane == 0u {
        let all = partial[0];
        found[quad * 7u] = bitcast<vec4<u32>>(all.least);
        found[quad * 7u + 1u] = bitcast<vec4<u32>>(all.greatest);
        found[quad * 7u + 2u] = bitcast<vec4<u32>>(all.sum);
        found[quad * 7u + 3u] = bitcast<vec4<u32>>(all.squares);
        found[quad * 7u + 4u] = all.zeros;
        found[quad * 7u + 5u] = all.infinite;
        found[quad * 7u + 6u] = all.peak;
    }
}
