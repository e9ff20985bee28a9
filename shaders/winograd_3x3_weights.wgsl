// Kernels of 3x3 windows (kh, kw, in, out) at the points, divided by the product of each point's distances from the others.
// An invocation for each quad of output channels of an input channel.
#import step
#import enter_3x3

fn at_points(t0: vec4<f32>, t1: vec4<f32>, t2: vec4<f32>) -> Six {
    let near_even = t0 + 0.5 * t2;
    let near_odd = NEAR * t1;
    let far_even = t0 + 2.0 * t2;
    let far_odd = FAR * t1;
    return Six(
        t0,
        (near_even + near_odd) / -1.5,
        (near_even - near_odd) / -1.5,
        (far_even + far_odd) / 6.0,
        (far_even - far_odd) / 6.0,
        t2,
    );
}

fn column(x: u32, at: u32, count: u32) -> Six {
    return at_points(
        input[x * count + at],
        input[(3u + x) * count + at],
        input[(6u + x) * count + at],
    );
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = u.second_out_pitch;
    if id.x >= count {
        return;
    }
    let c0 = column(0u, id.x, count);
    let c1 = column(1u, id.x, count);
    let c2 = column(2u, id.x, count);
    store_row(0u, id.x, at_points(c0.p0, c1.p0, c2.p0));
    store_row(1u, id.x, at_points(c0.p1, c1.p1, c2.p1));
    store_row(2u, id.x, at_points(c0.p2, c1.p2, c2.p2));
    store_row(3u, id.x, at_points(c0.p3, c1.p3, c2.p3));
    store_row(4u, id.x, at_points(c0.p4, c1.p4, c2.p4));
    store_row(5u, id.x, at_points(c0.p5, c1.p5, c2.p5));
}
