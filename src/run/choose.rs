//! Which engine, and why.

use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::engine::{Engine, EngineError};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What is asked for.
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
    /// Why this one.
    pub why: Why,
    /// The GPU's name, if one was found.
    pub adapter: Option<String>,
    /// Why no GPU can be used, if one was looked for in vain.
    pub detail: Option<String>,
    /// Whether that "GPU" is the CPU.
    pub software: bool,
}

/// Why an engine was chosen. It is serialised as its code, which a page words in its own language;
/// [`fmt::Display`] is the English sentence.
#[derive(Clone, Debug)]
pub struct Why {
    /// `chosen`: asked for; `hardware`: there is a GPU; `software`: the only GPU is imitated by the CPU;
    /// `none`: no GPU can be used.
    pub code: &'static str,
    sentence: String,
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Makes an engine.
pub async fn choose(choice: Choice) -> Result<(Engine, Chosen), EngineError> {
    let cpu = |code, sentence, adapter: Option<String>, detail| {
        let (software, why) = (code == "software", Why { code, sentence });
        (Engine::Cpu(CpuEngine::new()), Chosen { engine: "cpu", why, adapter, detail, software })
    };
    if choice == Choice::Cpu {
        return Ok(cpu("chosen", "CPU, as chosen.".to_owned(), None, None));
    }
    let gpu = match GpuEngine::new().await {
        Ok(gpu) => gpu,
        Err(error) if choice == Choice::Auto => {
            return Ok(cpu("none", format!("CPU, because {error}."), None, Some(error.to_string())));
        }
        Err(error) => return Err(error),
    };
    let software = gpu.adapter().software;
    let adapter = Some(gpu.adapter().name.clone()).filter(|name| !name.is_empty());
    let named = adapter.as_deref().unwrap_or("a GPU that the browser does not name");
    if software && choice == Choice::Auto {
        let sentence =
            format!("CPU, because the only GPU here is emulated in software ({named}), which is slower.");
        return Ok(cpu("software", sentence, adapter, None));
    }
    let why = if choice == Choice::Gpu {
        Why { code: "chosen", sentence: format!("WebGPU ({named}), as chosen.") }
    } else {
        Why { code: "hardware", sentence: format!("WebGPU: {named}.") }
    };
    let chosen = Chosen { engine: "gpu", why, adapter, detail: None, software };
    Ok((Engine::Gpu(Box::new(gpu)), chosen))
}
