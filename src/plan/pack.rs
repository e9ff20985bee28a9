//! Weights in the order in which kernels read them.

use super::padded;

/// Dense convolution weights, from PyTorch's O,I,kh,kw to kh,kw,I,O with I and O padded to multiples
/// of four. A linear layer's out,(C,H,W) is the same thing with the input's size as its kernel.
pub fn dense(weights: &[f32], out: usize, input: usize, kernel: [usize; 2]) -> Vec<f32> {
    transpose(weights, out, input, padded(input), kernel)
}

/// Weights of a convolution in groups, from O,I/g,kh,kw to kh,kw,I/g,O with O padded to a multiple of four.
pub fn grouped(weights: &[f32], out: usize, input_per_group: usize, kernel: [usize; 2]) -> Vec<f32> {
    transpose(weights, out, input_per_group, input_per_group, kernel)
}

/// Depthwise weights, from C,1,kh,kw to kh,kw,C with C padded to a multiple of four.
pub fn depthwise(weights: &[f32], channels: usize, kernel: [usize; 2]) -> Vec<f32> {
    grouped(weights, channels, 1, kernel)
}

/// From O,I,kh,kw to kh,kw,`rows`,padded O; rows after the `input` ones are zeros.
fn transpose(weights: &[f32], out: usize, input: usize, rows: usize, [kh, kw]: [usize; 2]) -> Vec<f32> {
    let columns = padded(out);
    let mut packed = vec![0.0; kh * kw * rows * columns];
    for (o, kernel) in weights.chunks_exact(input * kh * kw).enumerate() {
        for (i, plane) in kernel.chunks_exact(kh * kw).enumerate() {
            for (k, w) in plane.iter().enumerate() {
                packed[(k * rows + i) * columns + o] = *w;
            }
        }
    }
    packed
}
