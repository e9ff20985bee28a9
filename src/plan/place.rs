//! In which buffer does each value lie?

use super::fuse::{Draft, insert};
use super::{Epilogue, Kernel, Pins, Plan, PlanError, Residual, Step, View};
use crate::net::{Graph, NodeId, Op};
use std::collections::HashMap;

/// Gives every stored node a buffer, or a channel range of its concat's buffer.
pub(super) fn place(graph: &Graph, pins: &Pins, drafts: Vec<Draft>) -> Result<Plan, PlanError> {
    let n = graph.nodes.len();
    // A value is known by its node's position. Inputs and concats with a step of their own
    // exist twice: as they come (position + n), and as that step stores them.
    let plain = |id: NodeId| {
        let twice = pins.steps.contains(&id) && matches!(graph.node(id).op, Op::Input(_) | Op::Concat);
        if twice { id.0 + n } else { id.0 }
    };
    let own_input = |draft: &Draft| {
        if draft.input == draft.nodes[0] { plain(draft.input) } else { draft.input.0 }
    };

    // Part → (concat, first channel). The first concat that wants a value gets it; others copy it.
    let mut home: HashMap<usize, (usize, usize)> = HashMap::new();
    let mut copies: Vec<(NodeId, NodeId, usize)> = Vec::new();
    for concat in graph.ids().filter(|id| matches!(graph.node(*id).op, Op::Concat)) {
        let mut offset = 0_usize;
        for &part in &graph.node(concat).inputs {
            if !offset.is_multiple_of(4) {
                return Err(PlanError::Alignment {
                    node: graph.node(concat).id.clone(),
                    part: graph.node(part).id.clone(),
                    offset,
                });
            }
            if part == graph.input || home.contains_key(&part.0) {
                copies.push((concat, part, offset));
            } else {
                home.insert(part.0, (plain(concat), offset));
            }
            offset += graph.node(part).shape.c();
        }
    }
    let outermost = |home: &HashMap<usize, (usize, usize)>, mut value: usize| {
        let mut offset = 0;
        while let Some((concat, at)) = home.get(&value) {
            (value, offset) = (*concat, offset + at);
        }
        (value, offset)
    };
    // A step may not read and write one buffer: what another part of its concat reads moves out.
    for draft in &drafts {
        let written = outermost(&home, draft.stored().0).0;
        for read in [Some(draft.input), draft.residual.map(|r| r.0)].into_iter().flatten() {
            if outermost(&home, read.0).0 == written
                && let Some((concat, offset)) = home.remove(&read.0)
            {
                copies.push((NodeId(concat % n), read, offset));
            }
        }
    }

    let mut plan = Plan { buffers: Vec::new(), steps: Vec::new(), views: vec![None; n] };
    let input = plan.new_buffer(graph, graph.input);
    let mut buffers = HashMap::from([(plain(graph.input), input)]);
    let mut view = |plan: &mut Plan, value: usize| {
        let (root, offset) = outermost(&home, value);
        let base = *buffers.entry(root).or_insert_with(|| plan.new_buffer(graph, NodeId(root % n)));
        View { shape: graph.node(NodeId(value % n)).shape, offset, ..base }
    };
    let mut steps: Vec<(NodeId, Step)> = Vec::new();
    for (concat, part, offset) in copies {
        let whole = view(&mut plan, plain(concat));
        let input = view(&mut plan, part.0);
        let output = View { shape: graph.node(part).shape, offset: whole.offset + offset, ..whole };
        let (kernel, epilogue) = (Kernel::Pointwise, Epilogue::default());
        let (operands, outputs) = (vec![input], vec![output]);
        let step = Step { nodes: vec![concat], kernel, weights: None, operands, outputs, epilogue, macs: 0 };
        insert(&mut steps, (concat, step), |(node, _)| *node);
    }
    for draft in drafts {
        let stored = draft.stored();
        let output = view(&mut plan, stored.0);
        let mut operands = vec![view(&mut plan, own_input(&draft))];
        let residual = draft.residual.map(|(other, sum, scaled)| {
            operands.push(view(&mut plan, other.0));
            Residual { operand: operands.len() - 1, sum, scaled }
        });
        let step = Step {
            operands,
            outputs: vec![output],
            macs: draft.nodes.iter().map(|id| graph.cost(*id).macs).sum(),
            kernel: draft.kernel,
            weights: draft.weights,
            epilogue: Epilogue { affine: draft.affine, residual, relu: draft.relu },
            nodes: draft.nodes,
        };
        plan.views[stored.0] = Some(output);
        // A copy comes before the step that its concat has.
        insert(&mut steps, (stored, step), |(node, _)| *node);
    }
    plan.steps = steps.into_iter().map(|(_, step)| step).collect();
    for id in graph.ids() {
        if matches!(graph.node(id).op, Op::Input(_) | Op::Concat) {
            plan.views[id.0] = Some(view(&mut plan, id.0));
        }
    }
    Ok(plan)
}
