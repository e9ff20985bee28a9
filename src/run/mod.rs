//! What happens to one input? A [`Network`] is a graph with its parameters, a plan and weights on a device; a
//! [`Run`] takes pictures through it. Several runs share a network's weights, several networks a device.

mod choose;
mod error;
mod interventions;
mod network;
mod open;
#[allow(clippy::module_inception, reason = "a run is what the room is about")]
mod run;
mod schedule;

pub use choose::{Choice, Chosen, Why, choose};
pub use error::RunError;
pub use interventions::Intervention;
pub(crate) use interventions::Interventions;
pub use network::Network;
pub use open::{Extent, OpenError, Opened, Opening, Spec, graph_of, infos};
use run::check_values;
pub use run::{Activation, Advance, Input, MOST_PICTURES, Memory, Prediction, Progress, Run};
pub(crate) use run::{check_channels, largest_first};
