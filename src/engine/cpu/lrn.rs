//! Local response normalisation across channels.

use super::Task;
use super::memory::Target;
use crate::net::op::LocalResponseNorm;

pub(super) fn run(task: &Task<'_>, lrn: &LocalResponseNorm, out: Target<'_>) {
    let scale = lrn.alpha / lrn.size as f32;
    out.each_pixel(|pixel, out| {
        let x = task.input.pixel(pixel);
        for (c, o) in out.iter_mut().enumerate() {
            // Padding channels are zeros and add nothing.
            *o = lrn.k + scale * x[lrn.incoming(c, x.len())].iter().map(|x| x * x).sum::<f32>();
        }
        if lrn.beta == 0.75 {
            // Square roots are instructions, powf is a slow call.
            out.iter_mut().zip(x).for_each(|(o, x)| *o = x / (o.sqrt() * o.sqrt().sqrt()));
        } else {
            out.iter_mut().zip(x).for_each(|(o, x)| *o = x / o.powf(lrn.beta));
        }
        task.epilogue.apply(pixel, out);
    });
}
