#import step
#import store

// For kernels in which one workgroup sees a whole vector.
const LANES = 64u;
// Below every value; browsers refuse literals near the end of the range.
const LOWEST = -3.0e38;

var<workgroup> partial: array<f32, LANES>;

fn value(picture: u32, quad: u32) -> vec4<f32> {
    return input[picture * u.in_pitch + u.in_offset + quad];
}

// The sum over all lanes. To be called by all of them.
fn sum_of_lanes(lane: u32, own: vec4<f32>) -> f32 {
    partial[lane] = dot(own, vec4(1.0));
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            partial[lane] += partial[lane + half];
        }
    }
    workgroupBarrier();
    return partial[0];
}
