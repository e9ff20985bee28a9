//! Which shaders have been tried on this device, and what came of it: see `src/engine/trial.rs`.

use super::device::Variant;
use super::step::Dispatch;
use super::{EngineError, GpuEngine, Plan, Tile};
use std::rc::Rc;

impl GpuEngine {
    /// An engine on the same device, for as many pictures, whose convolutions have this tile.
    pub(in crate::engine) fn probe(&self, tile: Option<Tile>) -> Self {
        let mut probe = Self::on(self.device.clone(), Rc::default(), self.batch);
        (probe.tile, probe.direct) = (tile.or(self.tile), self.direct);
        probe
    }

    /// The steps that it has, as a plan.
    pub(in crate::engine) fn plan(&self) -> Plan {
        let steps = self.steps.iter().map(|step| step.step.clone()).collect();
        Plan { buffers: self.specs.clone(), steps, views: Vec::new() }
    }

    /// For each shader that a plan's steps have here and that was not tried with their flags: the cheapest of those
    /// steps.
    ///
    /// # Errors
    /// [`EngineError::Wrong`] if a step can have none but a shader that was tried and is wrong; those of
    /// [`crate::engine::Engine::extend`].
    pub(in crate::engine) fn untried(&self, plan: &Plan) -> Result<Vec<usize>, EngineError> {
        let mut cheapest: Vec<(Variant, u64, usize)> = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            let dispatches = self.dispatches(step, &plan.buffers, self.tile_for(step))?;
            let variant = Dispatch::variant(&dispatches);
            match self.device.tried.borrow().get(&variant) {
                Some(None) => continue,
                Some(&Some([found, expected])) => {
                    let shader = variant.0.last().copied().unwrap_or_default();
                    return Err(EngineError::Wrong { shader, expected, found });
                }
                None => {}
            }
            let values = step.operands.iter().chain(&step.outputs).map(|view| view.shape.values() as u64);
            let cost = step.macs + values.sum::<u64>();
            match cheapest.iter_mut().find(|(known, ..)| *known == variant) {
                Some(known) if known.1 <= cost => {}
                Some(known) => *known = (variant, cost, index),
                None => cheapest.push((variant, cost, index)),
            }
        }
        Ok(cheapest.into_iter().map(|(.., index)| index).collect())
    }

    /// Notes what a step's shader has computed: what was found and expected, if that differs.
    pub(in crate::engine) fn tried(&self, step: usize, difference: Option<[f32; 2]>) {
        self.device.tried.borrow_mut().insert(self.steps[step].variant(), difference);
    }

    /// Whether outputs that a shader yields were tried and are wrong: what it is given by others may be at fault.
    pub(super) fn is_wrong(&self, shader: &str) -> bool {
        let tried = self.device.tried.borrow();
        tried.iter().any(|((names, _), difference)| difference.is_some() && names.last() == Some(&shader))
    }
}
