//! What happens to one input?

mod choose;
mod open;
mod scope;

pub use choose::{Choice, Chosen, choose};
pub use open::{Extent, OpenError, Opened, Opening, Spec, graph_of, infos};
pub use scope::*;
pub(crate) use scope::{check_channels, largest_first};
