//! Which channels of the modules before and after is a channel made of, and read by? By weights alone.
//!
//! Between the outputs of two modules lie several layers: a reduction, a wider kernel, batch norms. Without their
//! ReLUs they are one linear map, and its kernels are the *expanded weights*: those of the layers, multiplied through
//! (<https://distill.pub/2020/circuits/visualizing-weights>). Shifts, ReLUs and normalisations by neighbours are left
//! out; a max pool is taken for the mean of its window.

use crate::net::op::Window;
use crate::net::{Graph, ModuleKind, NodeId, Op};
use crate::params::Params;
use crate::plan::Affine;
use crate::plan::pack::Layout;
use crate::run::{Run, RunError, check_channels, largest_first};
use serde::Serialize;

/// How a channel is linked with those of another node. A value at row `r` reads, through row `k` of a kernel, row
/// `stride · r + k − before`; columns likewise.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Links {
    /// Whether the channel reads the node; else the node reads it.
    pub reads: bool,
    /// The other node: a module's output; in a chain of layers, a ReLU; the picture; the classes.
    pub node: String,
    /// Rows and columns of the kernels.
    pub shape: [usize; 2],
    /// Vertically and horizontally.
    pub stride: [usize; 2],
    /// Likewise.
    pub before: [usize; 2],
    /// The sizes of the links with all its channels, listed or not, added up.
    pub size: f64,
    /// The strongest, largest first.
    pub links: Vec<Link>,
}

/// One link.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Link {
    /// Of the other node.
    pub channel: usize,
    /// Its weights, added up: excitatory if that is more than 0, else inhibitory.
    pub sum: f64,
    /// The same without their signs.
    pub size: f64,
    /// Row by row.
    pub weights: Vec<f32>,
}

/// A place in a kernel. Above and to the left of a value it is negative.
type Place = [i32; 2];

/// All paths between a channel and a node, added up.
struct Paths {
    stride: Place,
    /// Whether a learned kernel lies on them.
    learned: bool,
    /// By place in the kernel, the weight of each channel of the node.
    taps: Vec<(Place, Vec<f64>)>,
}

impl Run {
    /// The links of a channel, at most `most` excitatory and as many inhibitory ones with each node: as a rule with one
    /// node that it reads, and then with one that reads it. Needs no picture.
    ///
    /// # Errors
    /// [`RunError::Graph`] and [`RunError::Channel`] if there is no such thing, [`RunError::NotYet`] or
    /// [`RunError::NotComputed`] if weights have not come, [`RunError::Engine`].
    pub async fn circuit(&mut self, id: &str, channel: usize, most: usize) -> Result<Vec<Links>, RunError> {
        let network = self.network().clone();
        let graph = network.graph();
        let start = graph.find(id)?;
        let of = graph.node(start);
        check_channels(id, of.shape, &[channel])?;
        let count = graph.nodes.len();
        let mut found = Vec::new();
        for reads in [true, false] {
            let mut paths: Vec<Option<Paths>> = (0..count).map(|_| None).collect();
            let mut unit = vec![0.0; of.shape.c()];
            unit[channel] = 1.0;
            paths[start.0] = Some(Paths { stride: [1; 2], learned: false, taps: vec![([0; 2], unit)] });
            for position in 0..count {
                let at = NodeId(if reads { count - 1 - position } else { position });
                // None through channels of another branch.
                let Some(here) = paths[at.0].take().filter(Paths::lead) else { continue };
                if here.learned && ends(graph, at) {
                    found.push(here.links(graph, at, reads, most));
                    continue;
                }
                for (reader, operand) in edges(graph, at, reads, of.module) {
                    if !network.params().has(graph, reader) {
                        return Err(self.missing(reader));
                    }
                    let weights = match graph.node(reader).op {
                        Op::Conv2d(_) | Op::Linear(_) => Some(self.weights(reader).await?),
                        _ => None,
                    };
                    let edge = Edge { graph, reader, operand, reads };
                    edge.follow(&here, weights, &network.params(), &mut paths);
                }
            }
        }
        Ok(found)
    }
}

/// Where paths end: at the picture, the classes, the output of a module with branches, elsewhere after a ReLU.
fn ends(graph: &Graph, at: NodeId) -> bool {
    let node = graph.node(at);
    match graph.modules[node.module].lanes.is_empty() {
        true => matches!(node.op, Op::Relu | Op::Input(_)) || at == graph.logits,
        false => graph.module_output(node.module) == Some(at),
    }
}

/// What leads from a node to what it reads, or to what reads it: the reader, and which of its inputs it is. Not into
/// an auxiliary classifier, unless one begins there.
fn edges(graph: &Graph, at: NodeId, reads: bool, start: usize) -> Vec<(NodeId, usize)> {
    let mut edges = Vec::new();
    for reader in graph.ids() {
        let of = graph.node(reader);
        for (operand, input) in of.inputs.iter().enumerate() {
            let own = of.module == start || graph.modules[of.module].kind != ModuleKind::Auxiliary;
            if own && at == if reads { reader } else { *input } {
                edges.push((reader, operand));
            }
        }
    }
    edges
}

/// Between a node and one that it reads.
struct Edge<'a> {
    graph: &'a Graph,
    reader: NodeId,
    operand: usize,
    /// Whether it is followed from the reader.
    reads: bool,
}

impl Edge<'_> {
    /// Goes along it, and adds what that yields to what is there.
    fn follow(
        &self,
        from: &Paths,
        weights: Option<(Layout, Vec<f32>)>,
        params: &Params,
        paths: &mut [Option<Paths>],
    ) {
        let Self { graph, reader, operand, reads } = *self;
        let of = graph.node(reader);
        let input = of.inputs[operand];
        let read = graph.node(input).shape;
        let (ins, outs) = (read.c(), of.shape.c());
        let mut window = of.op.window().unwrap_or(Window::square(1, 1));
        if let Op::Linear(_) = of.op {
            window.kernel = [read.h(), read.w()];
        }
        let [kh, kw] = window.kernel;
        let strides = [window.stride[0] as i32, window.stride[1] as i32];
        // Of a concatenation, where the input begins.
        let mut before = 0;
        if let Op::Concat = of.op {
            of.inputs[..operand].iter().for_each(|part| before += graph.node(*part).shape.c());
        }
        let factor = |channel: usize| {
            let affine = match &of.op {
                Op::BatchNorm(_) => Affine::BatchNorm(reader),
                Op::ChannelAffine(_) => Affine::Constant(reader),
                Op::Add(_) if operand == 0 => return graph.residual_scale(reader).into(),
                _ => return 1.0 / (kh * kw) as f64,
            };
            affine.at(graph, channel, &|node, suffix| params.get(node, suffix)).0
        };
        let to = paths[if reads { input } else { reader }.0].get_or_insert(Paths {
            stride: along(from.stride, strides, [0; 2]),
            learned: false,
            taps: Vec::new(),
        });
        to.learned |= from.learned || weights.is_some();
        for tap in 0..kh * kw {
            let step = [(tap / kw) as i32, (tap % kw) as i32];
            let step = along(step, [1; 2], [-(window.padding.top as i32), -(window.padding.left as i32)]);
            for (place, values) in &from.taps {
                let place = match reads {
                    true => along(*place, strides, step),
                    false => along(step, from.stride, *place),
                };
                let sums = to.room(place, if reads { ins } else { outs });
                for out in 0..outs {
                    let seen = match weights {
                        Some(_) => of.op.incoming(out, ins),
                        None if (before..before + ins).contains(&out) => out - before..out - before + 1,
                        None => continue,
                    };
                    for input in seen.clone() {
                        let (source, sum) = if reads { (out, input) } else { (input, out) };
                        if values[source] != 0.0 {
                            let weight = match &weights {
                                Some((layout, all)) => all[layout.index(out, input - seen.start, tap)].into(),
                                None => factor(out),
                            };
                            sums[sum] += values[source] * weight;
                        }
                    }
                }
            }
        }
    }
}

/// `a · b + c`.
fn along(a: Place, b: Place, c: Place) -> Place {
    [a[0] * b[0] + c[0], a[1] * b[1] + c[1]]
}

impl Paths {
    /// Whether there is any.
    fn lead(&self) -> bool {
        self.taps.iter().any(|(_, values)| values.iter().any(|value| *value != 0.0))
    }

    /// The weights at a place: zeros, if there are none yet.
    fn room(&mut self, place: Place, channels: usize) -> &mut [f64] {
        let at = self.taps.iter().position(|(other, _)| *other == place).unwrap_or(self.taps.len());
        if at == self.taps.len() {
            self.taps.push((place, vec![0.0; channels]));
        }
        &mut self.taps[at].1
    }

    fn links(&self, graph: &Graph, at: NodeId, reads: bool, most: usize) -> Links {
        let node = graph.node(at);
        let (mut first, mut last) = (self.taps[0].0, self.taps[0].0);
        let mut sizes = vec![0.0; node.shape.c()];
        for (place, values) in &self.taps {
            for axis in 0..2 {
                first[axis] = first[axis].min(place[axis]);
                last[axis] = last[axis].max(place[axis]);
            }
            sizes.iter_mut().zip(values).for_each(|(size, value)| *size += value.abs());
        }
        let [height, width] = along(first, [-1; 2], along(last, [1; 2], [1; 2]));
        let mut left = [most; 2];
        let mut links = Vec::new();
        for channel in largest_first(sizes.iter().copied()) {
            let (mut sum, size) = (0.0, sizes[channel]);
            let mut weights = vec![0.0; (height * width) as usize];
            for (place, values) in &self.taps {
                sum += values[channel];
                let at = (place[0] - first[0]) * width + place[1] - first[1];
                weights[at as usize] = values[channel] as f32;
            }
            let left = &mut left[usize::from(sum > 0.0)];
            if *left > 0 && size > 0.0 {
                *left -= 1;
                links.push(Link { channel, sum, size, weights });
            }
        }
        Links {
            reads,
            node: node.id.clone(),
            shape: [height as usize, width as usize],
            stride: [self.stride[0] as usize, self.stride[1] as usize],
            before: [-first[0] as usize, -first[1] as usize],
            size: sizes.iter().sum(),
            links,
        }
    }
}
