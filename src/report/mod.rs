//! Networks in words and numbers: descriptions, and the papers' tables.

mod describe;
mod document;
mod papers;

pub use describe::{Description, ModelSummary, NodeDescription, describe, models, summary};
pub use document::document;
pub use papers::{Table, paper_costs, papers, short};
