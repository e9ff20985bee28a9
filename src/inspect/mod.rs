//! What did the run compute? Statistics, feature maps, receptive fields, one value explained, timing. And of
//! weights alone: kernels, and what they are through several layers.

mod circuit;
mod explain;
mod kernel;
mod receptive;
mod stats;
mod times;

pub use circuit::{Link, Links};
pub use explain::{Combine, Explanation, Stage, StageKind, Term};
pub use kernel::IncomingKernel;
pub use receptive::{ReceptiveFields, Span};
pub use stats::{ChannelStats, Histogram, Maps, NodeStats};
pub use times::StepTime;
