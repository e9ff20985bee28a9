//! What does one take away in words? Descriptions of networks and the papers' tables.

mod describe;
mod document;
mod papers;

pub use describe::{Description, ModelSummary, NodeDescription, describe, models, summary};
pub use document::document;
pub use papers::{Table, paper_costs, papers, short};
