//! Why this answer? Class activation maps, their split by branches, occlusion, and what each branch is worth:
//! by forward runs alone; and attributions by gradients. `docs/explanations.md` says what each method shows and what it cannot.

mod attribution;
mod branches;
mod cam;
mod curve;
mod error;
mod gradient;
mod heatmap;
mod occlusion;
mod randomisation;
mod rank;
mod removal;
mod target;

use attribution::last_map;
pub use attribution::{Attributing, Attribution, Baseline, Method, Objective, channel_shares, grad_cam};
pub use branches::{Branches, LaneShare, ModuleShare};
pub use cam::{ClassMap, Share};
pub use curve::{Curve, Direction};
pub use error::ExplainError;
pub use gradient::{GradientError, Gradients};
pub use heatmap::Heatmap;
pub use occlusion::{Fill, Occlusion, OcclusionOptions};
pub use randomisation::{Randomisation, Subject};
pub use rank::rank_correlation;
pub use removal::{Removal, Removed};
pub use target::{Target, find_class};

/// How far a method is that takes many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Done {
    /// Rows, branches or crops that are done.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

impl Done {
    /// Whether all are.
    pub const fn is_all(self) -> bool {
        self.done == self.of
    }
}
