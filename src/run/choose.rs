//! Which engine, and why.

use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::engine::{Engine, EngineError};
use serde::Serialize;
use std::str::FromStr;

/// What a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The GPU if it is a real one, else the CPU.
    #[default]
    Auto,
    /// The GPU, be it a software one.
    Gpu,
    /// The CPU.
    Cpu,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "auto" | "" => Ok(Self::Auto),
            "gpu" | "webgpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            _ => Err(format!("no engine '{s}'; there is auto, gpu, cpu")),
        }
    }
}

/// Which engine runs, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Chosen {
    /// `gpu` or `cpu`.
    pub engine: &'static str,
    /// A sentence for people.
    pub why: String,
    /// The GPU's name, if one was found.
    pub adapter: Option<String>,
    /// Whether that "GPU" is the CPU.
    pub software: bool,
}

/// Makes an engine.
pub async fn choose(choice: Choice) -> Result<(Engine, Chosen), EngineError> {
    let cpu = |why: String, adapter: Option<String>| {
        let software = adapter.is_some();
        (Engine::Cpu(CpuEngine::new()), Chosen { engine: "cpu", why, adapter, software })
    };
    if choice == Choice::Cpu {
        return Ok(cpu("CPU, as chosen.".to_owned(), None));
    }
    let gpu = match GpuEngine::new().await {
        Ok(gpu) => gpu,
        Err(error) if choice == Choice::Auto => return Ok(cpu(format!("CPU, because {error}."), None)),
        Err(error) => return Err(error),
    };
    let (adapter, named) = match gpu.adapter().name.as_str() {
        "" => ("a GPU that the browser does not name".to_owned(), String::new()),
        name => (name.to_owned(), format!(" ({name})")),
    };
    if gpu.adapter().software && choice == Choice::Auto {
        let why = format!("CPU, because the only GPU here is imitated by software{named}, which is slower.");
        return Ok(cpu(why, Some(adapter)));
    }
    let why = if choice == Choice::Gpu {
        format!("WebGPU ({adapter}), as chosen.")
    } else {
        format!("WebGPU: {adapter}.")
    };
    let software = gpu.adapter().software;
    Ok((Engine::Gpu(Box::new(gpu)), Chosen { engine: "gpu", why, adapter: Some(adapter), software }))
}
