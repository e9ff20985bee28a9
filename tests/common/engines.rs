//! Both engines.

#![allow(dead_code, reason = "each test binary uses its part")]

use inceptionscope::engine::Engine;
use inceptionscope::engine::cpu::{CpuEngine, Winograd};
use inceptionscope::engine::gpu::GpuEngine;
use pollster::block_on;

pub(crate) fn cpu() -> Engine {
    Engine::Cpu(CpuEngine::new())
}

/// Computes convolutions as they are defined: Winograd's tiles round together what they compute together.
pub(crate) fn direct() -> Engine {
    let mut engine = CpuEngine::new();
    engine.set_winograd(Winograd::Off);
    Engine::Cpu(engine)
}

pub(crate) fn gpu() -> Engine {
    let engine = block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    Engine::Gpu(Box::new(engine))
}
