//! A microscope for the Inception family: builds the networks of the papers, runs them on a GPU
//! (WGSL compute through wgpu, natively and in the browser) or a CPU, and shows every feature map
//! of every branch. `docs/` and the README say where things live.

#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod explain;
#[cfg(feature = "cli")]
pub mod export;
pub mod inspect;
pub mod net;
pub mod params;
pub mod photo;
pub mod plan;
pub mod report;
pub mod run;
#[cfg(all(target_arch = "wasm32", not(feature = "formats")))]
pub mod web;
#[cfg(all(target_arch = "wasm32", feature = "formats"))]
#[path = "web/formats.rs"]
pub mod web;
pub mod weights;
