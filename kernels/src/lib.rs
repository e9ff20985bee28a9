//! What a CPU computes on the channels of pixels: the innermost loops of the CPU engine, `src/engine/cpu/`, as
//! shaders are those of the GPU engine. They know slices and numbers; which pixels a window sees, and in which order
//! pixels are computed, is the engine's. It also holds the loops for photos and for pictures that
//! grow.
//!
//! A package of its own, because the module for browsers is compiled for speed here and for size everywhere else
//! (profile `wasm`). Hence no public function that loops is generic or inlined: it would become part of what is small and slow.

mod across;
mod backward;
mod epilogue;
mod fourier;
mod pair;
mod photo;
mod picture;
mod points;
mod product;
mod simd;
mod summary;
mod taps;
mod winograd;

pub use across::{Around, l2_normalize, local_response_norm, softmax};
pub use backward::{
    add_scaled, l2_normalize_adjoint, local_response_norm_adjoint, passes_any, relu_adjoint, shut,
    softmax_adjoint,
};
pub use epilogue::{Epilogue, Source};
pub use fourier::{Complex, Matrix, add_multiplied, butterfly, scaled, times, transpose};
pub use photo::{RGB, gather, on_white, resample_column, resample_row};
pub use picture::{View, climb, colour, colour_adjoint, resample, resample_adjoint};
pub use points::tile;
pub use product::{Out, Rows, Seen, multiply, panel};
pub use summary::{ChannelSummary, summaries};
pub use taps::{
    Taps, grouped, grouped_adjoint, largest, largest_and_taps, mean, sum, sum_where_tapped, weighted,
};
pub use winograd::{Scratch, Tiles, Windows, transformed, winograd};
