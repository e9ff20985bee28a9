//! Why? What an answer rests on.

mod attribution;
mod gradient;

pub use attribution::{Attribution, Baseline, Method, Objective, channel_shares, grad_cam};
pub use gradient::{GradientError, Gradients};
