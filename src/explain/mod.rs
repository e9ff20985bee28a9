//! Why? What an answer rests on.

mod gradient;

pub use gradient::{GradientError, Gradients};
