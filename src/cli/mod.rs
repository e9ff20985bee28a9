//! The command line: one file per subcommand, and what they share.

pub mod bench;
pub mod circuits;
pub mod classify;
pub mod convert;
pub mod dream;
pub mod evaluate;
pub mod explain;
pub mod export;
mod failure;
pub mod features;
pub mod models;
mod options;
mod output;
mod photos;
mod picture;
mod rows;
pub mod trace;
mod tuning;
pub mod visualise;
mod weights;
mod whole;

pub use failure::Failure;
