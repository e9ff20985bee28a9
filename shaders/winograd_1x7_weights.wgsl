// Kernels of 1x7 and 7x1 windows (kh, kw, in, out) at the points, divided by the product of each point's distances from
// the others. An invocation for each quad of output channels of an input channel.
#import step
#import enter
#import points_1x7

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = u.second_out_pitch;
    if id.x >= count {
        return;
    }
    let t0 = input[id.x];
    let t1 = input[id.x + count];
    let t2 = input[id.x + 2u * count];
    let t3 = input[id.x + 3u * count];
    let t4 = input[id.x + 4u * count];
    let t5 = input[id.x + 5u * count];
    let t6 = input[id.x + 6u * count];
    values[id.x] = t0 / (SQUARES.x * SQUARES.y * SQUARES.z * SQUARES.w);
    var squares = array(SQUARES, SQUARES.yzwx, SQUARES.zwxy, SQUARES.wxyz);
    for (var pair = 0u; pair < 4u; pair++) {
        // The pair's own, then those of the others.
        let own = squares[pair];
        let even = t0 + own.x * (t2 + own.x * (t4 + own.x * t6));
        let odd = sqrt(own.x) * (t1 + own.x * (t3 + own.x * t5));
        let apart = own.x - own.yzw;
        let divisor = 2.0 * own.x * apart.x * apart.y * apart.z;
        store_pair(id.x + (2u * pair + 1u) * count, even / divisor, odd / divisor);
    }
}
