//! What adjoints compute on the channels of a pixel: `out` is the gradient of what a kernel read, `g` that of what it
//! yielded. Those that are named `add` are called for each window that reads the pixel.

use crate::across::{divisor, norm, root};
use std::ops::Range;

/// Whether a ReLU is closed, by its result: a gain may have turned the sign of what comes through.
const fn is_closed(y: f32) -> bool {
    y == 0.0
}

/// The gradient where the ReLU, whose result is `y`, is open or the gradient is above `most` (redirected), and where it
/// is itself at least `least` (guided).
#[inline(never)]
pub fn relu_adjoint(g: &[f32], y: &[f32], [least, most]: [f32; 2], out: &mut [f32]) {
    for ((out, g), y) in out.iter_mut().zip(g).zip(y) {
        let reopens = *g > most;
        *out = if (is_closed(*y) && !reopens) || *g < least { 0.0 } else { *g };
    }
}

/// Whether any of a gradient comes through a ReLU.
#[inline(never)]
pub fn passes_any(g: &[f32], y: &[f32]) -> bool {
    g.iter().zip(y).any(|(g, y)| *g != 0.0 && !is_closed(*y))
}

/// Of a grouped convolution with that many inputs and outputs a group: one tap's part. `pitch` is the number of
/// weights from one input of a group to the next.
#[inline(never)]
pub fn add_grouped(g: &[f32], weights: &[f32], pitch: usize, [inputs, outputs]: [usize; 2], out: &mut [f32]) {
    for (input, out) in out.iter_mut().enumerate() {
        let first = input / inputs * outputs;
        let weights = &weights[input % inputs * pitch..][first..first + outputs];
        *out += weights.iter().zip(&g[first..]).map(|(w, g)| w * g).sum::<f32>();
    }
}

/// Of a depthwise convolution: one tap's part, with its weights; where it read a ReLU, only for what was `seen` to
/// be positive.
#[inline(never)]
pub fn add_products(g: &[f32], weights: &[f32], seen: Option<&[f32]>, out: &mut [f32]) {
    let products = out.iter_mut().zip(weights).zip(g);
    match seen {
        None => products.for_each(|((out, w), g)| *out += w * g),
        Some(seen) => products.zip(seen).for_each(|(((out, w), g), seen)| {
            // No branch, so that it becomes instructions on vectors.
            *out += if *seen > 0.0 { w * g } else { 0.0 };
        }),
    }
}

/// Of max pooling: what a window passes on to the pixel that it sees by the tap `own`, where that is what saw the
/// largest.
#[inline(never)]
pub fn add_where_tapped(g: &[f32], taps: &[f32], own: f32, out: &mut [f32]) {
    for ((out, g), tap) in out.iter_mut().zip(g).zip(taps) {
        *out += if *tap == own { *g } else { 0.0 };
    }
}

/// Of a mean: what a window that has the pixel as such a share of it passes on.
#[inline(never)]
pub fn add_scaled(g: &[f32], share: f32, out: &mut [f32]) {
    out.iter_mut().zip(g).for_each(|(out, g)| *out += g * share);
}

/// y = x · d^−β with d = k + s · Σ x² over the channels `incoming`, so that
/// ∂/∂x = g · d^−β − 2βs · x · Σ g · x · d^(−β−1), over the channels `readers` whose sum has this one.
#[inline(never)]
pub fn local_response_norm_adjoint(
    [g, x]: [&[f32]; 2],
    incoming: &[Range<usize>],
    readers: &[Range<usize>],
    [scale, k, beta]: [f32; 3],
    out: &mut [f32],
) {
    let mut passed = Vec::with_capacity(x.len());
    for (c, out) in out.iter_mut().enumerate() {
        let divisor = divisor(x, &incoming[c], scale, k);
        *out = g[c] / root(divisor, beta);
        passed.push(*out * x[c] / divisor);
    }
    for (c, out) in out.iter_mut().enumerate() {
        let sum: f32 = passed[readers[c].clone()].iter().sum();
        *out -= 2.0 * scale * beta * x[c] * sum;
    }
}

/// Of [`crate::softmax`], whose result is `y`, of the first `len` channels.
#[inline(never)]
pub fn softmax_adjoint(g: &[f32], y: &[f32], len: usize, out: &mut [f32]) {
    let (g, y) = (&g[..len], &y[..len]);
    let mean: f32 = g.iter().zip(y).map(|(g, y)| g * y).sum();
    out.fill(0.0);
    out.iter_mut().zip(g.iter().zip(y)).for_each(|(out, (g, y))| *out = y * (g - mean));
}

/// Of [`crate::l2_normalize`], which read `x`.
#[inline(never)]
pub fn l2_normalize_adjoint(g: &[f32], x: &[f32], out: &mut [f32]) {
    let norm = norm(x);
    let along = g.iter().zip(x).map(|(g, x)| g * x).sum::<f32>() / norm / norm;
    out.iter_mut().zip(g.iter().zip(x)).for_each(|(out, (g, x))| *out = (g - x * along) / norm);
}
