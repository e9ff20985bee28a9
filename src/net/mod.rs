//! What is a network? A graph of named ops with shapes and costs, built by code that reads like
//! the papers' figures. Knows nothing about weights' values or devices.

mod builder;
mod factorisations;
mod graph;
mod head;
mod note;
pub mod op;
mod profile;
mod shape;
pub mod zoo;

pub use builder::{Builder, Conv};
pub use factorisations::{Factorisation, Way, factorisations};
pub use graph::{Graph, GraphError, Lane, LaneRole, Module, ModuleKind, Node, NodeId};
pub use head::Dense;
pub use note::Note;
pub use op::Op;
pub(crate) use profile::decimal;
pub use profile::{ChannelOrder, Filter, Normalize, Profile, ProfileError, Resize};
pub use shape::Shape;
