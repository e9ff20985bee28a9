//! What can be computed now? A step can once the steps that write what it reads are done and its weights
//! are there. Knows nothing about devices: the run marks steps as computed.

use crate::plan::{Plan, View};

/// Which steps of a plan are computed, and which can be.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    steps: Vec<StepState>,
}

#[derive(Clone, Debug, Default)]
struct StepState {
    /// Steps before it that write what it reads.
    needs: Vec<usize>,
    /// Whether its weights and epilogue are on the engine.
    ready: bool,
    /// Whether it has been computed for the pictures.
    computed: bool,
}

/// What to compute next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// Steps, in order.
    pub(super) steps: Vec<usize>,
    /// Whether there is more that can be computed then.
    pub(super) more: bool,
}

impl Schedule {
    /// Takes the steps that a plan has more than before.
    pub(super) fn extend(&mut self, plan: &Plan) {
        for index in self.steps.len()..plan.steps.len() {
            let operands = plan.steps[index].operands.iter();
            let mut needs: Vec<usize> = operands.flat_map(|view| plan.writers(*view, index)).collect();
            needs.sort_unstable();
            needs.dedup();
            self.steps.push(StepState { needs, ..StepState::default() });
        }
    }

    /// There are other pictures, which the first `computed` steps need not run for.
    pub(super) fn restart(&mut self, computed: usize) {
        for (index, step) in self.steps.iter_mut().enumerate() {
            step.computed = index < computed;
        }
    }

    /// Whether a step has its weights and epilogue.
    pub(super) fn is_ready(&self, step: usize) -> bool {
        self.steps[step].ready
    }

    /// A step has its weights and epilogue.
    pub(super) fn set_ready(&mut self, step: usize) {
        self.steps[step].ready = true;
    }

    /// A step must be computed again, and everything that reads what it writes; before that it needs its
    /// epilogue. Returns those that had been computed.
    pub(super) fn invalidate(&mut self, step: usize) -> Vec<usize> {
        self.steps[step].ready = false;
        let mut stale = vec![false; self.steps.len()];
        stale[step] = true;
        for index in step + 1..self.steps.len() {
            stale[index] = self.steps[index].needs.iter().any(|need| stale[*need]);
        }
        let mut were_computed = Vec::new();
        for (index, state) in self.steps.iter_mut().enumerate().filter(|(index, _)| stale[*index]) {
            if std::mem::take(&mut state.computed) {
                were_computed.push(index);
            }
        }
        were_computed
    }

    /// What can be computed now, in order, as long as the costs add up to no more than `limit`; one step
    /// at least.
    pub(super) fn next(&self, cost: impl Fn(usize) -> u64, limit: u64) -> Batch {
        let mut done: Vec<bool> = self.steps.iter().map(|step| step.computed).collect();
        let mut batch = Batch { steps: Vec::new(), more: false };
        let mut sum = 0;
        for (index, step) in self.steps.iter().enumerate() {
            if step.computed || !step.ready || !step.needs.iter().all(|need| done[*need]) {
                continue;
            }
            let cost = cost(index);
            if !batch.steps.is_empty() && sum + cost > limit {
                batch.more = true;
                break;
            }
            sum += cost;
            done[index] = true;
            batch.steps.push(index);
        }
        batch
    }

    /// Steps from `first` on that were added for a view, and can be computed now; none if others that it
    /// needs are missing.
    pub(super) fn behind(&self, plan: &Plan, view: View, first: usize) -> Vec<usize> {
        let mut wanted = vec![false; self.steps.len()];
        plan.writers(view, self.steps.len()).for_each(|step| wanted[step] = true);
        let mut behind = Vec::new();
        for (index, step) in self.steps.iter().enumerate().rev() {
            if !wanted[index] || step.computed {
                continue;
            }
            if index < first || !step.ready {
                return Vec::new();
            }
            step.needs.iter().for_each(|need| wanted[*need] = true);
            behind.insert(0, index);
        }
        behind
    }

    /// These steps have been computed.
    pub(super) fn computed(&mut self, steps: &[usize]) {
        steps.iter().for_each(|step| self.steps[*step].computed = true);
    }

    /// Whether a step has been computed.
    pub(super) fn is_computed(&self, step: usize) -> bool {
        self.steps[step].computed
    }

    /// Whether all have.
    pub(super) fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.computed)
    }

    /// Whether everything in a view has been computed.
    pub(super) fn has(&self, plan: &Plan, view: View) -> bool {
        plan.writers(view, self.steps.len()).all(|step| self.steps[step].computed)
    }

    /// By step: whether it can be computed with the weights that are there.
    pub(super) fn possible(&self) -> Vec<bool> {
        let mut possible: Vec<bool> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            possible.push(step.ready && step.needs.iter().all(|need| possible[*need]));
        }
        possible
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo::{self, Options};
    use crate::plan::Pins;

    fn googlenet() -> (Plan, Schedule) {
        let graph = zoo::build("googlenet", &Options::default()).unwrap();
        let plan = Plan::new(&graph, &Pins::default()).unwrap();
        let mut schedule = Schedule::default();
        schedule.extend(&plan);
        (plan, schedule)
    }

    fn all_ready() -> (Plan, Schedule) {
        let (plan, mut schedule) = googlenet();
        (0..plan.steps.len()).for_each(|step| schedule.set_ready(step));
        (plan, schedule)
    }

    #[test]
    fn nothing_can_be_computed_before_its_weights_are_there() {
        let (plan, mut schedule) = googlenet();
        assert_eq!(schedule.next(|_| 1, 100), Batch { steps: vec![], more: false });
        schedule.set_ready(1);
        assert!(schedule.next(|_| 1, 100).steps.is_empty(), "it reads what the first step writes");
        schedule.set_ready(0);
        assert_eq!(schedule.next(|_| 1, 100).steps, [0, 1]);
        assert_eq!(schedule.possible()[..3], [true, true, false]);
        assert_eq!(plan.steps.len(), schedule.possible().len());
    }

    #[test]
    fn a_batch_costs_no_more_than_its_limit_but_has_a_step() {
        let (_, schedule) = all_ready();
        assert_eq!(schedule.next(|_| 3, 7), Batch { steps: vec![0, 1], more: true });
        assert_eq!(schedule.next(|_| 9, 7), Batch { steps: vec![0], more: true });
    }

    #[test]
    fn asking_for_steps_does_not_mark_them() {
        let (_, mut schedule) = all_ready();
        assert_eq!(schedule.next(|_| 1, 2), schedule.next(|_| 1, 2));
        schedule.computed(&[0]);
        assert_eq!(schedule.next(|_| 1, 2).steps, [1, 2]);
    }

    #[test]
    fn what_reads_an_invalid_step_is_invalid_and_nothing_else() {
        let (plan, mut schedule) = all_ready();
        let all: Vec<usize> = (0..plan.steps.len()).collect();
        schedule.computed(&all);
        assert!(schedule.is_done());
        let name = |step: usize| plan.buffers[plan.steps[step].output().buffer.0].name.as_str();
        let last_module: Vec<usize> = all.iter().copied().filter(|s| name(*s) == "inception5b").collect();
        let stale = schedule.invalidate(last_module[0]);
        assert_eq!(stale[0], last_module[0]);
        // The other branches of the module stay; pooling, logits and softmax do not.
        assert!(last_module[1..].iter().all(|step| schedule.is_computed(*step)), "{stale:?}");
        assert_eq!(stale.len(), 4, "{:?}", stale.iter().map(|s| name(*s)).collect::<Vec<_>>());
        assert!(!schedule.is_ready(last_module[0]) && schedule.is_ready(stale[1]));
        assert!(schedule.next(|_| 1, 100).steps.is_empty(), "its epilogue has to come first");
        schedule.set_ready(last_module[0]);
        assert_eq!(schedule.next(|_| 1, 100).steps, stale);
    }
}
