//! One value, taken apart into the products that made it.

use crate::net::NodeId;
use crate::net::op::Window;
use crate::net::op::window::region;
use crate::plan::pack::Layout;
use crate::plan::{Affine, Kernel, Step, View};
use crate::run::{Run, RunError, check_channels, largest_first};
use serde::Serialize;
use std::ops::Range;

/// How many of a value's terms, and of its input channels, are listed one by one.
const LISTED: usize = 12;

/// One value and what made it: products over a window of the node that is read, their sum, then what
/// happens to the sum. In double precision, from the f32 numbers that the engine read.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Explanation {
    /// The node whose step computed it: for a channel of a concatenation the branch's last.
    pub node: String,
    /// Which of its channels.
    pub channel: usize,
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// The value as the engine stored it.
    pub value: f32,
    /// What the terms are, and how they become one number.
    pub kernel: Combine,
    /// The node that is read.
    pub input: String,
    /// Rows of it that the window covers, padding left out: first, and one past the last.
    pub rows: [usize; 2],
    /// Columns, likewise.
    pub columns: [usize; 2],
    /// Channels, likewise.
    pub channels: [usize; 2],
    /// The largest terms by size, largest first.
    pub terms: Vec<Term>,
    /// Number of the other terms.
    pub others: usize,
    /// Their sum.
    pub rest: f64,
    /// The terms' sum at each position of the window, row by row.
    pub positions: Vec<f64>,
    /// The input channels whose terms add up to most by size, largest first, with that sum.
    pub strongest: Vec<(usize, f64)>,
    /// What the kernel yields: all terms added up, or the largest of them.
    pub sum: f64,
    /// What happens to that, in order. The last one's result is the value, up to rounding.
    pub stages: Vec<Stage>,
}

/// What the terms of a value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Combination"))]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Products of inputs and learned weights, added up.
    Products,
    /// The same, of inputs without their negative values.
    ProductsAfterRelu,
    /// Inputs, of which the largest counts. Weights are 1.
    Max,
    /// Inputs divided by their number.
    Mean,
    /// The one input.
    Copy,
    /// The one input, divided by a factor that its neighbours make (local response norm, L2 norm).
    Normalized,
    /// e^(input − largest input), divided by the sum of all such.
    Softmax,
    /// Nothing: the picture itself.
    Picture,
}

/// One term.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Term {
    /// Where the input is.
    pub channel: usize,
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// The input.
    pub input: f32,
    /// Its factor.
    pub weight: f64,
    /// Both multiplied.
    pub product: f64,
}

/// Something that happens to a sum: `x · factor + summand`, or for a ReLU max(x, 0).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Stage {
    /// What.
    pub kind: StageKind,
    /// The node; of a sum, the one that is added.
    pub node: String,
    /// Factor.
    pub factor: f64,
    /// Summand.
    pub summand: f64,
    /// The result.
    pub value: f64,
}

/// What happens to a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StageKind {
    /// A bias is added.
    Bias,
    /// A batch norm.
    BatchNorm,
    /// A constant that the network itself has.
    Constant,
    /// Another node is added.
    Sum,
    /// Negative values become 0.
    Relu,
    /// An intervention's factor.
    Gain,
}

impl Run {
    /// Takes one value of the last run apart.
    ///
    /// # Errors
    /// Those of [`Run::activation`]; [`RunError::Channel`] and [`RunError::Position`] if there is no such
    /// value.
    pub async fn explain(
        &mut self,
        id: &str,
        channel: usize,
        [row, column]: [usize; 2],
    ) -> Result<Explanation, RunError> {
        let asked = self.graph().find(id)?;
        let shape = self.graph().node(asked).shape;
        check_channels(id, shape, &[channel])?;
        if row >= shape.h() || column >= shape.w() {
            let node = id.to_owned();
            return Err(RunError::Position { node, rows: shape.h(), columns: shape.w(), row, column });
        }
        let at = |channel: usize| (channel * shape.h() + row) * shape.w() + column;
        let value = self.activation(id).await?.data[at(channel)];

        // A concatenation has no step of its own, unless it is changed.
        let (mut node, mut own) = (asked, channel);
        if self.plan().step_of(node).is_none() {
            (node, own) = self.graph().source(asked, channel);
            self.value(node).await?;
        }
        let mut explanation = Explanation {
            node: self.graph().node(node).id.clone(),
            channel: own,
            row,
            column,
            value,
            kernel: Combine::Picture,
            input: self.graph().node(node).id.clone(),
            rows: [row, row + 1],
            columns: [column, column + 1],
            channels: [own, own + 1],
            terms: Vec::new(),
            others: 0,
            rest: 0.0,
            positions: Vec::new(),
            strongest: Vec::new(),
            sum: value.into(),
            stages: Vec::new(),
        };
        if let Some(index) = self.plan().step_of(node) {
            self.take_apart(index, &mut explanation).await?;
        }
        Ok(explanation)
    }

    async fn take_apart(&mut self, index: usize, e: &mut Explanation) -> Result<(), RunError> {
        let step = self.plan().steps[index].clone();
        let weights = match step.weights {
            Some(node) => self.engine_mut().read_weights(node).await?,
            None => Vec::new(),
        };
        let (input, values) = self.seen(step.input(), step.nodes[0]).await?;
        let layout = Layout::of(&step, self.engine().panel());
        let reads = Reads::of(&step, layout.map(|layout| (layout, weights.as_slice())), &values, e);
        let (rows, columns, channels) = (reads.rows, reads.columns, reads.channels);

        let shape = step.input().shape;
        let mut terms = Vec::with_capacity(rows.len() * columns.len() * channels.len());
        for (channel, row, column) in channels.clone().flat_map(|channel| {
            let columns = &columns;
            rows.clone().flat_map(move |row| columns.clone().map(move |column| (channel, row, column)))
        }) {
            let mut input = values[(channel * shape.h() + row) * shape.w() + column];
            if reads.combine == Combine::ProductsAfterRelu {
                input = input.max(0.0);
            }
            let weight = (reads.weight)(channel, row, column);
            let product = match reads.combine {
                Combine::Softmax => weight,
                _ => f64::from(input) * weight,
            };
            terms.push(Term { channel, row, column, input, weight, product });
        }

        let mut positions = vec![0.0; rows.len() * columns.len()];
        let mut strongest: Vec<(usize, f64)> = channels.clone().map(|channel| (channel, 0.0)).collect();
        for term in &terms {
            positions[(term.row - rows.start) * columns.len() + term.column - columns.start] += term.product;
            strongest[term.channel - channels.start].1 += term.product;
        }
        let order = largest_first(strongest.iter().map(|(_, sum)| sum.abs()));
        let strongest = order.into_iter().take(LISTED).map(|index| strongest[index]).collect();
        let by_size =
            |term: &Term| if reads.combine == Combine::Max { term.product } else { term.product.abs() };
        let order = largest_first(terms.iter().map(by_size));
        let mut terms: Vec<Term> = order.into_iter().map(|index| terms[index]).collect();
        e.sum = match reads.combine {
            Combine::Max => terms.first().map_or(0.0, |term| term.product),
            _ => terms.iter().map(|term| term.product).sum(),
        };
        let others = terms.split_off(terms.len().min(LISTED));

        (e.kernel, e.input) = (reads.combine, input);
        (e.rows, e.columns) = ([rows.start, rows.end], [columns.start, columns.end]);
        e.channels = [channels.start, channels.end];
        (e.others, e.rest) = (others.len(), others.iter().map(|term| term.product).sum());
        (e.terms, e.positions, e.strongest) = (terms, positions, strongest);
        e.stages = self.stages(index, e).await?;
        Ok(())
    }

    /// A value that a step reads, C,H,W, and the name of its node.
    async fn seen(&mut self, view: &View, reader: NodeId) -> Result<(String, Vec<f32>), RunError> {
        match self.graph().ids().find(|node| self.plan().view(*node) == Some(*view)) {
            Some(node) => Ok((self.graph().node(node).id.clone(), self.value(node).await?.data.clone())),
            // What a node was before its own step changed it.
            None => {
                let picture = self.selected();
                Ok((self.graph().node(reader).id.clone(), self.engine_mut().read(view, picture).await?))
            }
        }
    }

    /// What happens to the sum.
    async fn stages(&mut self, index: usize, e: &Explanation) -> Result<Vec<Stage>, RunError> {
        let step = self.plan().steps[index].clone();
        let network = self.network().clone();
        let mut stages: Vec<Stage> = Vec::new();
        let last = |stages: &[Stage]| stages.last().map_or(e.sum, |stage| stage.value);
        for affine in &step.epilogue.affine {
            let params = network.params();
            let (factor, summand) =
                affine.at(network.graph(), e.channel, &|node, suffix| params.get(node, suffix));
            let (kind, node) = match *affine {
                Affine::Bias(node) => (StageKind::Bias, node),
                Affine::BatchNorm(node) => (StageKind::BatchNorm, node),
                Affine::Constant(node) => (StageKind::Constant, node),
            };
            let node = self.graph().node(node).id.clone();
            stages.push(Stage { kind, node, factor, summand, value: last(&stages) * factor + summand });
        }
        if let Some((residual, view)) = step.residual() {
            let scale = self.change(index).residual_scale;
            let [own, by] =
                residual.factors(scale.unwrap_or_else(|| network.graph().residual_scale(residual.sum)));
            let (node, values) = self.seen(view, step.nodes[0]).await?;
            let shape = view.shape;
            let other = values[(e.channel * shape.h() + e.row) * shape.w() + e.column];
            let (factor, summand) = (own.into(), f64::from(by) * f64::from(other));
            stages.push(Stage {
                kind: StageKind::Sum,
                node,
                factor,
                summand,
                value: last(&stages) * factor + summand,
            });
        }
        let node = || e.node.clone();
        if step.epilogue.relu {
            let value = last(&stages).max(0.0);
            stages.push(Stage { kind: StageKind::Relu, node: node(), factor: 1.0, summand: 0.0, value });
        }
        if let Some(gain) = self.change(index).gain {
            let factor = f64::from(gain[e.channel]);
            let value = last(&stages) * factor;
            stages.push(Stage { kind: StageKind::Gain, node: node(), factor, summand: 0.0, value });
        }
        Ok(stages)
    }
}

/// What one value of a step reads, and by which factor each input counts.
struct Reads<'a> {
    combine: Combine,
    rows: Range<usize>,
    columns: Range<usize>,
    channels: Range<usize>,
    /// By channel, row and column of the input.
    weight: Box<dyn Fn(usize, usize, usize) -> f64 + 'a>,
}

impl<'a> Reads<'a> {
    /// `weights` are packed, `values` are the whole input, C,H,W.
    fn of(step: &'a Step, weights: Option<(Layout, &'a [f32])>, values: &[f32], e: &Explanation) -> Self {
        let (input, output) = (step.input().shape, step.output().shape);
        let (channel, y, x) = (e.channel, e.row, e.column);
        let own = channel..channel + 1;
        let one = |combine, weight: f64| Self {
            combine,
            rows: y..y + 1,
            columns: x..x + 1,
            channels: own.clone(),
            weight: Box::new(move |_, _, _| weight),
        };
        let slide = |w: &Window| (w.axis(0).reads(y, input.h()), w.axis(1).reads(x, input.w()));
        let learned = |combine, w: &'a Window, channels: Range<usize>| {
            let (rows, columns) = slide(w);
            let first = channels.start;
            let weight = move |c: usize, row: usize, column: usize| {
                let tap = w.tap([y, x], [row, column]);
                let found = weights.and_then(|(layout, all)| all.get(layout.index(channel, c - first, tap)));
                found.copied().unwrap_or_default().into()
            };
            Self { combine, rows, columns, channels, weight: Box::new(weight) }
        };
        match &step.kernel {
            Kernel::Conv2d(w) => learned(Combine::Products, w, 0..input.c()),
            Kernel::GroupedConv2d(conv) => {
                let (ins, outs) = (input.c() / conv.groups, output.c() / conv.groups);
                let first = channel / outs * ins;
                learned(Combine::Products, &conv.window, first..first + ins)
            }
            Kernel::DepthwiseConv2d(conv) => {
                let combine = if conv.relu_input { Combine::ProductsAfterRelu } else { Combine::Products };
                learned(combine, &conv.window, own.clone())
            }
            Kernel::MaxPool { window, .. } => {
                let (rows, columns) = slide(window);
                Self { rows, columns, ..one(Combine::Max, 1.0) }
            }
            Kernel::AvgPool(pool) => {
                let (rows, columns) = slide(&pool.window);
                let count = pool.window.divisor(input, [y, x], pool.count_include_pad);
                Self { rows, columns, ..one(Combine::Mean, 1.0 / count as f64) }
            }
            Kernel::AdaptiveAvgPool => {
                let rows = region(y, input.h(), output.h());
                let columns = region(x, input.w(), output.w());
                let count = (rows.len() * columns.len()) as f64;
                Self { rows, columns, ..one(Combine::Mean, 1.0 / count) }
            }
            // Gradients are no values of a network.
            Kernel::Pointwise | Kernel::Backward(_) => one(Combine::Copy, 1.0),
            Kernel::LocalResponseNorm(lrn) => {
                let at = |c: usize| f64::from(values[(c * input.h() + y) * input.w() + x]);
                let squares: f64 = lrn.incoming(channel, input.c()).map(|c| at(c).powi(2)).sum();
                let base = f64::from(lrn.k) + f64::from(lrn.alpha) / lrn.size as f64 * squares;
                one(Combine::Normalized, base.powf(-f64::from(lrn.beta)))
            }
            Kernel::L2Normalize => {
                let squares: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
                one(Combine::Normalized, 1.0 / squares.sqrt().max(1e-12))
            }
            Kernel::Softmax => {
                let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let exp = |v: f32| f64::from(v - largest).exp();
                let sum: f64 = values.iter().map(|v| exp(*v)).sum();
                one(Combine::Softmax, exp(values[channel]) / sum)
            }
        }
    }
}
