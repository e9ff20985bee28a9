//! Where do numbers come from? Readers of weight files, name maps between published layouts and
//! ours, the synthetic recipe, and the catalogue of public sources. Knows nothing about devices.

pub mod recipe;
