//! Every op in double precision, written from its definition as slow, plain loops over C,H,W arrays
//! and weights in PyTorch's order. Shares nothing with the engines but the ops' parameters.

use inceptionscope::net::op::{
    AdaptiveAvgPool, AvgPool, BatchNorm, Conv2d, LocalResponseNorm, MaxPool, Window,
};
use inceptionscope::net::{Graph, NodeId, Op};
use std::collections::{BTreeMap, HashMap};

/// A C,H,W array (a vector has one row and one column).
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) c: usize,
    pub(crate) h: usize,
    pub(crate) w: usize,
    pub(crate) data: Vec<f64>,
}

/// Tensors by node and suffix.
pub(crate) type Params = HashMap<(NodeId, &'static str), Vec<f32>>;

impl Value {
    fn new(c: usize, h: usize, w: usize, f: impl Fn(usize, usize, usize) -> f64) -> Self {
        let mut data = Vec::with_capacity(c * h * w);
        for i in 0..c {
            for y in 0..h {
                for x in 0..w {
                    data.push(f(i, y, x));
                }
            }
        }
        Self { c, h, w, data }
    }

    fn at(&self, c: usize, y: usize, x: usize) -> f64 {
        self.data[(c * self.h + y) * self.w + x]
    }

    /// The value at a position that may lie outside.
    fn get(&self, c: usize, y: isize, x: isize) -> Option<f64> {
        let inside = (0..self.h as isize).contains(&y) && (0..self.w as isize).contains(&x);
        inside.then(|| self.at(c, y as usize, x as usize))
    }

    fn map(&self, f: impl Fn(usize, f64) -> f64) -> Self {
        Self::new(self.c, self.h, self.w, |c, y, x| f(c, self.at(c, y, x)))
    }
}

/// The value of every node; a node with gains is multiplied by them before others read it.
pub(crate) fn evaluate(
    graph: &Graph,
    input: &[f32],
    params: &Params,
    gains: &BTreeMap<NodeId, Vec<f32>>,
) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for id in graph.ids() {
        let node = graph.node(id);
        let inputs: Vec<&Value> = node.inputs.iter().map(|i| &values[i.0]).collect();
        let param = |suffix| params[&(id, suffix)].iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
        let mut value = match &node.op {
            Op::Input(shape) => Value {
                c: shape.c(),
                h: shape.h(),
                w: shape.w(),
                data: input.iter().map(|v| f64::from(*v)).collect(),
            },
            Op::ChannelAffine(op) => {
                inputs[0].map(|c, v| v * f64::from(op.scale[c]) + f64::from(op.shift[c]))
            }
            Op::Conv2d(op) => conv2d(inputs[0], op, &param("weight"), op.bias.then(|| param("bias"))),
            Op::BatchNorm(BatchNorm { eps, .. }) => {
                let (gamma, beta) = (param("weight"), param("bias"));
                let (mean, var) = (param("running_mean"), param("running_var"));
                inputs[0].map(|c, v| (v - mean[c]) / (var[c] + eps).sqrt() * gamma[c] + beta[c])
            }
            Op::Relu => inputs[0].map(|_, v| v.max(0.0)),
            Op::MaxPool(MaxPool { window }) => pool(inputs[0], window, |seen, _| {
                seen.iter().copied().reduce(f64::max).expect("a window that sees nothing")
            }),
            Op::AvgPool(AvgPool { window, count_include_pad }) => pool(inputs[0], window, |seen, padded| {
                let count = if *count_include_pad { padded } else { seen.len() };
                seen.iter().sum::<f64>() / count as f64
            }),
            Op::AdaptiveAvgPool(AdaptiveAvgPool { out }) => adaptive(inputs[0], *out),
            Op::GlobalAvgPool => adaptive(inputs[0], [1, 1]),
            Op::Linear(op) => {
                let (x, weight) = (&inputs[0].data, param("weight"));
                let bias = if op.bias { param("bias") } else { vec![0.0; op.out_features] };
                Value::new(op.out_features, 1, 1, |o, _, _| {
                    let row = &weight[o * op.in_features..][..op.in_features];
                    row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias[o]
                })
            }
            Op::Add(op) => {
                let (a, b) = (inputs[0], inputs[1]);
                Value::new(a.c, a.h, a.w, |c, y, x| f64::from(op.scale) * a.at(c, y, x) + b.at(c, y, x))
            }
            Op::Concat => Value {
                c: inputs.iter().map(|i| i.c).sum(),
                data: inputs.iter().flat_map(|i| i.data.clone()).collect(),
                ..*inputs[0]
            },
            Op::LocalResponseNorm(op) => lrn(inputs[0], op),
            Op::Softmax => {
                let exp: Vec<f64> = inputs[0].data.iter().map(|v| v.exp()).collect();
                let sum: f64 = exp.iter().sum();
                inputs[0].map(|c, _| exp[c] / sum)
            }
            Op::L2Normalize => {
                let norm = inputs[0].data.iter().map(|v| v * v).sum::<f64>().sqrt();
                inputs[0].map(|_, v| v / norm)
            }
        };
        if let Some(gain) = gains.get(&id) {
            value = value.map(|c, v| v * f64::from(gain[c]));
        }
        values.push(value);
    }
    values
}

fn conv2d(input: &Value, op: &Conv2d, weight: &[f64], bias: Option<Vec<f64>>) -> Value {
    let ([kh, kw], [sy, sx]) = (op.kernel, op.stride);
    let p = op.padding;
    let h = (input.h + p.top + p.bottom - kh) / sy + 1;
    let w = (input.w + p.left + p.right - kw) / sx + 1;
    let (ins, outs) = (op.in_channels / op.groups, op.out_channels / op.groups);
    Value::new(op.out_channels, h, w, |o, y, x| {
        let mut sum = bias.as_ref().map_or(0.0, |b| b[o]);
        for i in 0..ins {
            for ky in 0..kh {
                for kx in 0..kw {
                    let iy = (y * sy + ky) as isize - p.top as isize;
                    let ix = (x * sx + kx) as isize - p.left as isize;
                    let v = input.get(o / outs * ins + i, iy, ix).unwrap_or(0.0);
                    sum += v * weight[((o * ins + i) * kh + ky) * kw + kx];
                }
            }
        }
        sum
    })
}

/// `f` gets the values that a window sees, and how many positions of it lie within the padded input.
fn pool(input: &Value, window: &Window, f: impl Fn(&[f64], usize) -> f64) -> Value {
    let ([kh, kw], [sy, sx]) = (window.kernel, window.stride);
    let p = window.padding;
    // PyTorch: pooling_output_shape.
    let axis = |size: usize, k: usize, s: usize, before: usize, after: usize| {
        let up = if window.ceil { s - 1 } else { 0 };
        let out = (size + before + after - k + up) / s + 1;
        if window.ceil && (out - 1) * s >= size + before { out - 1 } else { out }
    };
    let h = axis(input.h, kh, sy, p.top, p.bottom);
    let w = axis(input.w, kw, sx, p.left, p.right);
    Value::new(input.c, h, w, |c, y, x| {
        let (mut seen, mut padded) = (Vec::new(), 0);
        for ky in 0..kh {
            for kx in 0..kw {
                let iy = (y * sy + ky) as isize - p.top as isize;
                let ix = (x * sx + kx) as isize - p.left as isize;
                seen.extend(input.get(c, iy, ix));
                if iy < (input.h + p.bottom) as isize && ix < (input.w + p.right) as isize {
                    padded += 1;
                }
            }
        }
        f(&seen, padded)
    })
}

fn adaptive(input: &Value, [h, w]: [usize; 2]) -> Value {
    Value::new(input.c, h, w, |c, y, x| {
        let (mut sum, mut count) = (0.0, 0.0);
        for iy in (y * input.h) / h..((y + 1) * input.h).div_ceil(h) {
            for ix in (x * input.w) / w..((x + 1) * input.w).div_ceil(w) {
                sum += input.at(c, iy, ix);
                count += 1.0;
            }
        }
        sum / count
    })
}

fn lrn(input: &Value, op: &LocalResponseNorm) -> Value {
    Value::new(input.c, input.h, input.w, |c, y, x| {
        let first = c as isize - (op.size / 2) as isize;
        let window = (first..first + op.size as isize).filter(|i| (0..input.c as isize).contains(i));
        let squares: f64 = window.map(|i| input.at(i as usize, y, x).powi(2)).sum();
        let base = f64::from(op.k) + f64::from(op.alpha) / op.size as f64 * squares;
        input.at(c, y, x) / base.powf(f64::from(op.beta))
    })
}
