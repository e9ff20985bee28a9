//! Which channels of the modules before and after is a channel made of, and read by? By weights alone.
//!
//! Between the outputs of two modules lie several layers: a reduction, a wider kernel, batch norms. Without their
//! ReLUs they are one linear map, and its kernels are the *expanded weights*: those of the layers, multiplied through
//! (<https://distill.pub/2020/circuits/visualizing-weights>). Shifts, ReLUs and normalisations by neighbours are left
//! out; a max pool is taken for the mean of its window.

use crate::net::op::{Padding, Window};
use crate::net::{Graph, ModuleKind, NodeId, Op};
use crate::params::Params;
use crate::plan::Affine;
use crate::plan::pack::Layout;
use crate::run::{Run, RunError, check_channels, largest_first};
use serde::Serialize;

/// What a channel is made of, and what is made of it: by node, as a rule one before and one after.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Circuit {
    /// What it reads.
    pub inputs: Vec<Links>,
    /// What reads it.
    pub outputs: Vec<Links>,
}

/// How a channel is linked with those of another node. A value at row `r` reads, through row `k` of a kernel, row
/// `stride · r + first + k`; columns likewise.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Links {
    /// The other node: a module's output; in a chain of layers, a ReLU; the picture; the classes.
    pub node: String,
    /// How many channels it has.
    pub channels: usize,
    /// Of the kernels' first value, vertically and horizontally.
    pub first: [i32; 2],
    /// Likewise.
    pub stride: [i32; 2],
    /// Rows and columns of the kernels.
    pub shape: [usize; 2],
    /// The sizes of all links, listed or not, added up.
    pub size: f64,
    /// Those whose weights sum to more than 0, largest first.
    pub excitatory: Vec<Link>,
    /// The others.
    pub inhibitory: Vec<Link>,
}

/// One link.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Link {
    /// Of the other node.
    pub channel: usize,
    /// Its weights, added up.
    pub sum: f64,
    /// The same without their signs.
    pub size: f64,
    /// Row by row.
    pub weights: Vec<f32>,
}

/// By place in the kernel, the weight of each channel of a node.
type Taps = Vec<([i32; 2], Vec<f64>)>;

/// All paths between a channel and a node, added up.
struct Paths {
    stride: [i32; 2],
    /// Whether a learned kernel lies on them.
    learned: bool,
    taps: Taps,
}

impl Run {
    /// The links of a channel, at most `most` of each kind. Needs no picture.
    ///
    /// # Errors
    /// [`RunError::Graph`] and [`RunError::Channel`] if there is no such thing, [`RunError::NotYet`] or
    /// [`RunError::NotComputed`] if weights have not come, [`RunError::Engine`].
    pub async fn circuit(&mut self, id: &str, channel: usize, most: usize) -> Result<Circuit, RunError> {
        let node = self.graph().find(id)?;
        check_channels(id, self.graph().node(node).shape, &[channel])?;
        let inputs = self.links(node, channel, true, most).await?;
        Ok(Circuit { inputs, outputs: self.links(node, channel, false, most).await? })
    }

    async fn links(
        &mut self,
        start: NodeId,
        channel: usize,
        back: bool,
        most: usize,
    ) -> Result<Vec<Links>, RunError> {
        let network = self.network().clone();
        let graph = network.graph();
        let count = graph.nodes.len();
        let mut paths: Vec<Option<Paths>> = (0..count).map(|_| None).collect();
        let mut unit = vec![0.0; graph.node(start).shape.c()];
        unit[channel] = 1.0;
        paths[start.0] = Some(Paths { stride: [1; 2], learned: false, taps: vec![([0; 2], unit)] });
        let mut found = Vec::new();
        for position in 0..count {
            let at = NodeId(if back { count - 1 - position } else { position });
            let Some(here) = paths[at.0].take() else { continue };
            // Another branch's channels.
            if here.taps.iter().all(|(_, values)| values.iter().all(|value| *value == 0.0)) {
                continue;
            }
            if here.learned && ends(graph, at) {
                found.push(here.links(graph, at, most));
                continue;
            }
            for (reader, operand) in edges(graph, at, back) {
                let of = graph.node(reader);
                let (auxiliary, module) = (ModuleKind::Auxiliary, graph.node(start).module);
                if of.module != module && graph.modules[of.module].kind == auxiliary {
                    continue;
                }
                if !network.params().has(graph, reader) {
                    return Err(self.missing(reader));
                }
                let weights = match of.op {
                    Op::Conv2d(_) | Op::Linear(_) => Some(self.weights(reader).await?),
                    _ => None,
                };
                let edge = Edge { graph, reader, operand, back };
                let next = if back { of.inputs[operand] } else { reader };
                edge.follow(&here, weights, &network.params(), &mut paths[next.0]);
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

/// What leads from a node back to what it reads, or on to what reads it: the reader, and which of its inputs it is.
fn edges(graph: &Graph, at: NodeId, back: bool) -> Vec<(NodeId, usize)> {
    let of = |reader: NodeId| (0..graph.node(reader).inputs.len()).map(move |operand| (reader, operand));
    match back {
        true => of(at).collect(),
        false => graph.ids().flat_map(of).filter(|(n, i)| graph.node(*n).inputs[*i] == at).collect(),
    }
}

/// From a node to one that it reads, or that reads it.
struct Edge<'a> {
    graph: &'a Graph,
    reader: NodeId,
    operand: usize,
    back: bool,
}

impl Edge<'_> {
    /// Goes on along it, and adds what that yields to what is there.
    fn follow(
        &self,
        from: &Paths,
        weights: Option<(Layout, Vec<f32>)>,
        params: &Params,
        to: &mut Option<Paths>,
    ) {
        let Self { graph, reader, operand, back } = *self;
        let of = graph.node(reader);
        let inputs: Vec<_> = of.inputs.iter().map(|input| graph.node(*input).shape).collect();
        let (read, outs) = (inputs[operand], of.shape.c());
        let ins = read.c();
        let whole = [read.h(), read.w()];
        let window = match &of.op {
            Op::Linear(_) => Window { kernel: whole, ..Window::square(1, 1) },
            op => op.window().unwrap_or(Window::square(1, 1)),
        };
        let [stride, [kh, kw]] = [window.stride, window.kernel];
        let Padding { top, left, .. } = window.padding;
        let strides = stride.map(|s| s as i32);
        // Of a concatenation, where the input begins.
        let before: usize = match of.op {
            Op::Concat => inputs[..operand].iter().map(|shape| shape.c()).sum(),
            _ => 0,
        };
        let param = |node, suffix| params.get(node, suffix);
        let factor = |channel: usize| match &of.op {
            Op::BatchNorm(_) => Affine::BatchNorm(reader).at(graph, channel, &param).0,
            Op::ChannelAffine(_) => Affine::Constant(reader).at(graph, channel, &param).0,
            Op::Add(add) if operand == 0 => add.scale.into(),
            _ => 1.0 / (kh * kw) as f64,
        };
        let to = to.get_or_insert_with(|| Paths {
            stride: [0, 1].map(|axis| from.stride[axis] * strides[axis]),
            learned: false,
            taps: Vec::new(),
        });
        to.learned |= from.learned || weights.is_some();
        for tap in 0..kh * kw {
            let step = [(tap / kw) as i32 - top as i32, (tap % kw) as i32 - left as i32];
            for (place, values) in &from.taps {
                let place = [0, 1].map(|axis| match back {
                    true => place[axis] * strides[axis] + step[axis],
                    false => place[axis] + from.stride[axis] * step[axis],
                });
                let sums = room(&mut to.taps, place, if back { ins } else { outs });
                for out in 0..outs {
                    let reads = match weights {
                        Some(_) => of.op.incoming(out, ins),
                        None => {
                            out.checked_sub(before).filter(|own| *own < ins).map_or(0..0, |own| own..own + 1)
                        }
                    };
                    for input in reads.clone() {
                        let [source, sum] = if back { [out, input] } else { [input, out] };
                        if values[source] != 0.0 {
                            let weight = match &weights {
                                Some((layout, all)) => {
                                    all[layout.index(out, input - reads.start, tap)].into()
                                }
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

/// The weights at a place: zeros, if there are none yet.
fn room(taps: &mut Taps, place: [i32; 2], channels: usize) -> &mut [f64] {
    let at = taps.iter().position(|(other, _)| *other == place).unwrap_or_else(|| {
        taps.push((place, vec![0.0; channels]));
        taps.len() - 1
    });
    &mut taps[at].1
}

impl Paths {
    fn links(&self, graph: &Graph, at: NodeId, most: usize) -> Links {
        let channels = graph.node(at).shape.c();
        let places = |axis: usize| self.taps.iter().map(move |(place, _)| place[axis]);
        let first = [0, 1].map(|axis| places(axis).min().unwrap_or(0));
        let shape = [0, 1].map(|axis| places(axis).max().map_or(0, |last| last - first[axis] + 1) as usize);
        let of = |channel: usize| self.taps.iter().map(move |(_, values)| values[channel]);
        let sizes: Vec<f64> = (0..channels).map(|channel| of(channel).map(f64::abs).sum()).collect();
        let order = largest_first(sizes.iter().copied());
        let list = |excites: bool| {
            let mut links = Vec::new();
            for channel in order.iter().copied() {
                let (size, sum) = (sizes[channel], of(channel).sum::<f64>());
                if links.len() < most && size > 0.0 && excites == (sum > 0.0) {
                    let mut weights = vec![0.0; shape[0] * shape[1]];
                    for (place, values) in &self.taps {
                        let [row, column] = [0, 1].map(|axis| (place[axis] - first[axis]) as usize);
                        weights[row * shape[1] + column] = values[channel] as f32;
                    }
                    links.push(Link { channel, sum, size, weights });
                }
            }
            links
        };
        Links {
            node: graph.node(at).id.clone(),
            channels,
            first,
            stride: self.stride,
            shape,
            size: sizes.iter().sum(),
            excitatory: list(true),
            inhibitory: list(false),
        }
    }
}
