//! What happens to one input? A [`Network`] is a graph with its parameters, a plan and weights on a device; a
//! [`Run`] takes pictures through it. Several runs share a network's weights, several networks a device.

mod advance;
mod answer;
mod choose;
mod error;
mod input;
mod interventions;
mod network;
mod open;
#[allow(clippy::module_inception, reason = "a run is what the room is about")]
mod run;
mod schedule;
mod which;

pub(crate) use advance::SLICE;
pub use answer::{Activation, Prediction};
pub(crate) use answer::{check_channels, largest_first};
pub use choose::{Choice, Chosen, Why, choose};
pub use error::RunError;
use input::check_values;
pub use input::{Input, MOST_PICTURES};
pub use interventions::Intervention;
pub(crate) use interventions::Interventions;
pub use network::Network;
pub use open::{Extent, OpenError, Opened, Opening, Spec, infos};
pub use run::{Advance, Memory, Progress, Run};
pub use which::graph_of;
