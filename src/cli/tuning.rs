//! What `bench --tune` measured is kept beside the weights, for later runs.

use super::{Failure, output};
use crate::engine::Engine;
use crate::engine::gpu::Tuning;
use crate::run::{Opened, RunError};
use crate::weights::download;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// JSON, by the GPU's name. Another file once kernels change.
fn path() -> Option<PathBuf> {
    Some(download::folder()?.join("tuning.2.json"))
}

fn kept() -> BTreeMap<String, Tuning> {
    // Without the file, or with one of another version, kernels are chosen by the kind of GPU.
    let text = path().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Uses what was measured on this GPU.
pub(super) async fn apply(opened: &mut Opened) -> Result<(), Failure> {
    let engine = opened.run.engine_mut();
    if let Engine::Gpu(gpu) = &engine
        && let Some(tuning) = kept().remove(&gpu.adapter().name)
    {
        engine.set_tuning(tuning).await.map_err(RunError::from)?;
    }
    Ok(())
}

/// Keeps what was measured on a GPU.
pub(super) fn keep(tuning: &Tuning) -> Result<(), Failure> {
    let Some(path) = path() else { return Ok(()) };
    let mut all = kept();
    all.insert(tuning.adapter.clone(), tuning.clone());
    let text = serde_json::to_vec_pretty(&all).map_err(Failure::internal)?;
    std::fs::create_dir_all(path.parent().unwrap_or(&path))
        .map_err(|error| Failure::internal(error).of(path.display()))?;
    output::write(&path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuning_is_kept_beside_the_weights_on_every_system() {
        assert_eq!(path().unwrap().parent(), download::folder().as_deref());
        assert!(path().unwrap().starts_with(dirs::cache_dir().unwrap()));
    }
}
