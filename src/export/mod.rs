//! What do other programs take over?

pub mod onnx;
