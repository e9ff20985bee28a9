//! The input itself: everything happens in the epilogue.

use super::Task;
use super::memory::Target;

pub(super) fn run(task: &Task<'_>, out: Target<'_>) {
    out.each_pixel(|pixel, out| {
        out.copy_from_slice(task.input.pixel(pixel));
        task.epilogue.apply(pixel, out);
    });
}
