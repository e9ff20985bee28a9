//! Weights in the order in which kernels read them.

use super::padded;

/// Dense convolution weights, from PyTorch's O,I,kh,kw to kh,kw,I,O with I and O padded to multiples
/// of four. A linear layer's out,(C,H,W) is the same thing with the input's size as its kernel.
pub fn dense(weights: &[f32], out: usize, input: usize, [kh, kw]: [usize; 2]) -> Vec<f32> {
    let (pi, po) = (padded(input), padded(out));
    let mut packed = vec![0.0; kh * kw * pi * po];
    for (o, kernel) in weights.chunks_exact(input * kh * kw).enumerate() {
        for (i, plane) in kernel.chunks_exact(kh * kw).enumerate() {
            for (k, w) in plane.iter().enumerate() {
                packed[(k * pi + i) * po + o] = *w;
            }
        }
    }
    packed
}

/// Weights of a convolution in groups, from O,I/g,kh,kw to kh,kw,I/g,O with O padded to a multiple of four.
pub fn grouped(weights: &[f32], out: usize, input_per_group: usize, [kh, kw]: [usize; 2]) -> Vec<f32> {
    let po = padded(out);
    let mut packed = vec![0.0; kh * kw * input_per_group * po];
    for (o, kernel) in weights.chunks_exact(input_per_group * kh * kw).enumerate() {
        for (i, plane) in kernel.chunks_exact(kh * kw).enumerate() {
            for (k, w) in plane.iter().enumerate() {
                packed[(k * input_per_group + i) * po + o] = *w;
            }
        }
    }
    packed
}

/// Depthwise weights, from C,1,kh,kw to kh,kw,C with C padded to a multiple of four.
pub fn depthwise(weights: &[f32], channels: usize, [kh, kw]: [usize; 2]) -> Vec<f32> {
    grouped(weights, channels, 1, [kh, kw])
}
