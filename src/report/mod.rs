//! Networks in words and numbers: descriptions, and the papers' tables.

mod describe;
mod document;
#[cfg(test)]
mod javascript;
mod messages;
mod papers;

pub use describe::{Description, ModelSummary, NodeDescription, describe, models, summary};
pub use document::document;
pub use messages::{Advanced, Asked, Described, Evaluated, Guess, Scored, Told};
pub use papers::{Table, paper_costs, papers, short};
