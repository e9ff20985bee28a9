#import each
#import window

// For kernels whose value is a sum over a rectangle of the input. A file that imports this defines
//     fn term(reads: Reads, at: vec2<i32>, address: u32, quad: u32) -> vec4<f32>
// which yields what the position `at` contributes. Its channels start at `address`.
fn sum_over(reads: Reads, quad: u32) -> vec4<f32> {
    var sum = vec4(0.0);
    for (var y = reads.begin.x; y < reads.end.x; y++) {
        for (var x = reads.begin.y; x < reads.end.y; x++) {
            let at = vec2(y, x);
            sum += term(reads, at, in_address(reads.picture, at), quad);
        }
    }
    return sum;
}
