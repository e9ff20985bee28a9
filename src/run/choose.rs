//! Which engine, and why.

use super::{Network, OpenError, Run, RunError, Spec};
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::engine::{Engine, EngineError};
use crate::net::Graph;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// The engine that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The GPU if it is a real one, else the CPU.
    #[default]
    Auto,
    /// The GPU, even a software one.
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
            _ => Err(format!("no engine '{s}'; choose auto, gpu or cpu")),
        }
    }
}

/// Which engine runs, and why.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Engine"))]
pub struct Chosen {
    /// `gpu` or `cpu`.
    #[cfg_attr(test, ts(type = "'gpu' | 'cpu'"))]
    pub engine: &'static str,
    /// Why that one.
    pub why: Why,
    /// The GPU's name, if one was found. Browsers may keep it to themselves.
    pub adapter: Option<String>,
    /// Whether that "GPU" is the CPU.
    pub software: bool,
    /// What the browser or the driver says of a GPU that cannot be used.
    pub detail: Option<String>,
}

/// Why an engine was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was asked for.
    Chosen,
    /// There is a real GPU.
    Hardware,
    /// The only GPU is emulated in software, which is slower than the CPU engine.
    Software,
    /// There is no usable GPU.
    None,
    /// The GPU computes wrong numbers.
    Wrong,
}

impl fmt::Display for Chosen {
    /// A sentence for the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.adapter.as_deref().unwrap_or_default();
        let named = if name.is_empty() { "unnamed" } else { name };
        match (self.engine, self.why) {
            ("gpu", Why::Chosen) => write!(f, "GPU ({named}), as chosen"),
            ("gpu", _) => write!(f, "GPU ({named})"),
            (_, Why::Software) => {
                write!(f, "CPU: the only GPU is emulated in software ({named}), which is slower")
            }
            (_, Why::None | Why::Wrong) => {
                write!(f, "CPU: {}", self.detail.as_deref().unwrap_or("there is no GPU"))
            }
            _ => f.write_str("CPU, as chosen"),
        }
    }
}

/// Makes an engine.
///
/// # Errors
/// [`EngineError::NoGpu`] if a GPU was asked for and there is none.
pub async fn choose(choice: Choice) -> Result<(Engine, Chosen), EngineError> {
    if choice == Choice::Cpu {
        return Ok(cpu(Why::Chosen, None, false, None));
    }
    let gpu = match GpuEngine::new().await {
        Ok(gpu) => gpu,
        Err(error) if choice == Choice::Auto => {
            return Ok(cpu(Why::None, None, false, Some(error.to_string())));
        }
        Err(error) => return Err(error),
    };
    let (adapter, software) = (Some(gpu.adapter().name.clone()), gpu.adapter().software);
    if software && choice == Choice::Auto {
        return Ok(cpu(Why::Software, adapter, true, None));
    }
    let why = if choice == Choice::Gpu { Why::Chosen } else { Why::Hardware };
    Ok((Engine::Gpu(Box::new(gpu)), Chosen { engine: "gpu", why, adapter, software, detail: None }))
}

/// Makes a run on a network, by the engine that was asked for; by the CPU if the GPU that was chosen automatically
/// computes wrong numbers, or cannot be used for it.
///
/// # Errors
/// Those of [`choose`], [`Network::new`] and [`Network::run`].
pub(super) async fn start(
    graph: Graph,
    &Spec { engine: choice, direct, every_op, .. }: &Spec,
) -> Result<(Run, Chosen), OpenError> {
    let (mut engine, chosen) = choose(choice).await?;
    engine.set_direct(direct);
    let network = Network::new(graph, engine, every_op)?;
    match network.run().await {
        Err(RunError::Engine(error)) if choice == Choice::Auto && chosen.engine == "gpu" => {
            let why = if matches!(error, EngineError::Wrong { .. }) { Why::Wrong } else { Why::None };
            let (mut engine, chosen) = cpu(why, chosen.adapter, chosen.software, Some(error.to_string()));
            engine.set_direct(direct);
            Ok((Run::alone(network.graph().clone(), engine, every_op).await?, chosen))
        }
        run => Ok((run?, chosen)),
    }
}

fn cpu(why: Why, adapter: Option<String>, software: bool, detail: Option<String>) -> (Engine, Chosen) {
    (Engine::Cpu(CpuEngine::new()), Chosen { engine: "cpu", why, adapter, software, detail })
}
