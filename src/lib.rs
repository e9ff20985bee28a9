//! A microscope for the Inception family: builds the networks of the papers, runs them on a GPU
//! (WGSL compute through wgpu, natively and in the browser) or on the CPU, and shows every feature map
//! of every branch.
//!
//! ```
//! use inceptionscope::run::{Choice, Input, Opened, Spec};
//! use inceptionscope::weights::recipe;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
//! // GoogLeNet with random, untrained weights, on the CPU. `Opening` reads weight files instead.
//! let spec = Spec { model: Some("googlenet".into()), engine: Choice::Cpu, ..Spec::default() };
//! let mut run = Opened::synthetic(&spec, 1).await?.run;
//!
//! // A synthetic picture of 320 × 240 pixels; `photo::Photo::decode` reads JPEG and PNG files.
//! let rgb = recipe::image(240, 320, 1);
//! let photo = inceptionscope::engine::Photo { width: 320, height: 240, rgb: &rgb };
//! let before = run.run(Input::Photo(photo, None)).await?;
//!
//! // What the 3×3 branch of the first Inception module made of it: C,H,W.
//! let branch = run.activation("inception3a.branch2.1").await?;
//! assert_eq!(branch.shape.dims(), [128, 28, 28]);
//! assert!(branch.data.iter().any(|value| *value > 0.0));
//!
//! // Mute that branch: it and everything that reads it is computed again.
//! run.mute("inception3a.branch2.1", &[]).await?;
//! run.finish().await?;
//! assert_ne!(run.prediction().await?.probabilities, before.probabilities);
//! # Ok(()) }) }
//! ```
//!
//! The modules, lowest first: [`net`] describes networks, [`params`] and [`weights`] hold and read their
//! parameters, [`photo`] decodes pictures, [`plan`] turns a graph into steps, [`engine`] computes them, [`run`]
//! takes pictures through a network, and [`inspect`] answers questions about a run. CONTRIBUTING.md has the rest.

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
pub mod visualise;
#[cfg(all(target_arch = "wasm32", not(feature = "formats")))]
pub mod web;
#[cfg(all(target_arch = "wasm32", feature = "formats"))]
#[path = "web/formats.rs"]
pub mod web;
pub mod weights;
