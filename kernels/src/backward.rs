//! What adjoints compute on the channels of a pixel: `out` is the gradient of what a kernel read, `g` that of what it
//! yielded. Those that put together what several windows pass on are in [`crate::taps`].

use crate::across::{Around, norm, roots};
use crate::simd::{Quad, Vector};

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

/// Adds a gradient times a factor.
#[inline(never)]
pub fn add_scaled(g: &[f32], factor: f32, out: &mut [f32]) {
    out.iter_mut().zip(g).for_each(|(out, g)| *out += g * factor);
}

/// Zeros where what a kernel read through a ReLU was not positive.
#[inline(never)]
pub fn shut(read: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(read).for_each(|(out, x)| *out = if *x > 0.0 { *out } else { 0.0 });
}

/// y = x · d^−β with d = k + s · Σ x² over the channels `around`, so that
/// ∂/∂x = g · d^−β − 2βs · x · Σ g · x · d^(−β−1), over the channels whose sum has this one.
#[inline(never)]
pub fn local_response_norm_adjoint(
    [g, x]: [&[f32]; 2],
    around: Around,
    factors: [f32; 3],
    padded: &mut Vec<f32>,
    out: &mut [f32],
) {
    around.divisors(x, factors, padded, out);
    let [scale, _, beta] = factors;
    // What is summed up next takes the place of the squares, and the divisors become g · d^−β.
    let back = around.turned();
    back.pad(x, padded);
    let passed = &mut padded[back.before..][..x.len()];
    for (passed, out) in passed.as_chunks_mut::<4>().0.iter_mut().zip(out.as_chunks::<4>().0) {
        Quad::load(passed).div(Quad::load(out)).store(passed);
    }
    roots(out, beta);
    let quads = out.as_chunks_mut::<4>().0.iter_mut().zip(g.as_chunks::<4>().0);
    for (passed, (out, g)) in passed.as_chunks_mut::<4>().0.iter_mut().zip(quads) {
        let own = Quad::load(g).div(Quad::load(out));
        own.store(out);
        own.mul(Quad::load(passed)).store(passed);
    }
    let factor = Quad::splat(2.0 * scale * beta);
    back.sums(padded, |sum, channel| {
        let own = Quad::load(&out[channel..]);
        own.sub(factor.mul(Quad::load(&x[channel..])).mul(sum)).store(&mut out[channel..]);
    });
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
