//! The same job done in the ways that the papers compare: built with the builder and counted by the
//! graph, like the networks themselves. Weights of convolutions alone, without biases or batch norm.

use super::op::{Conv2d, Padding, Window};
use super::{Builder, Conv, GraphError, ModuleKind, NodeId, Op, Profile, Shape};
use serde::Serialize;

/// A job, and ways to do it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Factorisation {
    /// "A 5×5 convolution".
    pub job: &'static str,
    /// Paper, section and figures.
    pub source: &'static str,
    /// What comes in, C,H,W: a size that occurs in the networks.
    pub input: Shape,
    /// The first is what the others are compared with.
    pub ways: Vec<Way>,
}

/// One way to do a job.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Way {
    /// "Two 3×3".
    pub how: &'static str,
    /// What goes out, C,H,W.
    pub output: Shape,
    /// Weights.
    pub params: u64,
    /// Multiply-adds.
    pub macs: u64,
}

enum Layer {
    Conv(usize, Conv),
    /// A 3×3 on each of this many equal segments of the channels.
    Segments3x3(usize),
    Depthwise3x3,
    MaxPool(Window),
    AvgPool(Window),
}
use Layer::{AvgPool, Conv as C, Depthwise3x3, MaxPool, Segments3x3};

/// Chains of layers side by side, concatenated.
type Branches = &'static [&'static [Layer]];

struct Sketch {
    job: &'static str,
    source: &'static str,
    channels: usize,
    size: usize,
    ways: &'static [(&'static str, Branches)],
}

/// One 1×1.
const fn one(width: usize) -> Layer {
    C(width, Conv::valid(1))
}

/// A 3×3 that keeps the size.
const fn three(width: usize) -> Layer {
    C(width, Conv::same(3))
}

const POOL: Window = Window::square(3, 1).pad(1);
const SHRINK: Window = Window::square(3, 2);

const SKETCHES: &[Sketch] = &[
    Sketch {
        job: "Inception module 3a",
        source: "Szegedy et al. 2014, figure 2",
        channels: 192,
        size: 28,
        ways: &[
            (
                "(a) naive: 1×1, 3×3, 5×5 and pool side by side",
                &[&[one(64)], &[three(128)], &[C(32, Conv::same(5))], &[MaxPool(POOL)]],
            ),
            (
                "(b) 1×1 reductions before 3×3 and 5×5, and after the pool",
                &[
                    &[one(64)],
                    &[one(96), three(128)],
                    &[one(16), C(32, Conv::same(5))],
                    &[MaxPool(POOL), one(32)],
                ],
            ),
        ],
    },
    Sketch {
        job: "A 5×5 convolution",
        source: "Szegedy et al. 2015, section 3.1, figures 1 and 5",
        channels: 64,
        size: 35,
        ways: &[("One 5×5", &[&[C(64, Conv::same(5))]]), ("Two 3×3", &[&[three(64), three(64)]])],
    },
    Sketch {
        job: "A 3×3 convolution",
        source: "Szegedy et al. 2015, section 3.2, figure 3",
        channels: 64,
        size: 35,
        ways: &[
            ("One 3×3", &[&[three(64)]]),
            ("1×3, then 3×1", &[&[C(64, Conv::same_hw(1, 3)), C(64, Conv::same_hw(3, 1))]]),
        ],
    },
    Sketch {
        job: "A 7×7 convolution",
        source: "Szegedy et al. 2015, section 3.2, figure 6",
        channels: 192,
        size: 17,
        ways: &[
            ("One 7×7", &[&[C(192, Conv::same(7))]]),
            ("Three 3×3", &[&[three(192), three(192), three(192)]]),
            ("1×7, then 7×1", &[&[C(192, Conv::same_hw(1, 7)), C(192, Conv::same_hw(7, 1))]]),
        ],
    },
    Sketch {
        job: "Half the grid, twice the channels",
        source: "Szegedy et al. 2015, section 5, figures 9 and 10",
        channels: 320,
        size: 35,
        ways: &[
            ("3×3, then pool", &[&[three(640), MaxPool(SHRINK)]]),
            ("Pool, then 3×3: a bottleneck", &[&[MaxPool(SHRINK), three(640)]]),
            ("Strided 3×3 beside pool", &[&[C(320, Conv::valid(3).stride(2))], &[MaxPool(SHRINK)]]),
        ],
    },
    Sketch {
        job: "From Inception to separable convolutions",
        source: "Chollet 2016, section 1.1, figures 1 to 4, at the size of Xception's middle flow",
        channels: 728,
        size: 19,
        ways: &[
            ("Plain 3×3", &[&[three(728)]]),
            (
                "Inception (figure 1)",
                &[
                    &[one(182)],
                    &[one(182), three(182)],
                    &[one(182), three(182), three(182)],
                    &[AvgPool(POOL), one(182)],
                ],
            ),
            (
                "Simplified Inception (figure 2), four towers",
                &[
                    &[one(182), three(182)],
                    &[one(182), three(182)],
                    &[one(182), three(182)],
                    &[one(182), three(182)],
                ],
            ),
            ("The same: one 1×1, a 3×3 on each of four segments (figure 3)", &[&[one(728), Segments3x3(4)]]),
            ("\"Extreme\" Inception (figure 4): a 3×3 on each channel", &[&[one(728), Depthwise3x3]]),
            ("Depthwise separable, as in Xception: 3×3 first", &[&[Depthwise3x3, one(728)]]),
        ],
    },
    Sketch {
        job: "A residual branch on 256 channels",
        source: "He et al. 2015, figure 5",
        channels: 256,
        size: 56,
        ways: &[
            ("Basic: two 3×3", &[&[three(256), three(256)]]),
            ("Bottleneck: 1×1 to 64, 3×3, 1×1 back", &[&[one(64), three(64), one(256)]]),
        ],
    },
];

/// All of them.
///
/// # Errors
/// [`GraphError`] if one cannot be built.
pub fn factorisations() -> Result<Vec<Factorisation>, GraphError> {
    let factorisation = |sketch: &Sketch| {
        let input = Shape::map(sketch.channels, sketch.size, sketch.size);
        let ways = sketch.ways.iter().map(|(how, branches)| way(input, how, branches));
        Ok(Factorisation {
            job: sketch.job,
            source: sketch.source,
            input,
            ways: ways.collect::<Result<_, _>>()?,
        })
    };
    SKETCHES.iter().map(factorisation).collect()
}

fn way(input: Shape, how: &'static str, branches: Branches) -> Result<Way, GraphError> {
    let (mut n, x) = Builder::with_input("sketch", None, Profile::timm(1e-3, 0), input);
    n.module("job", how, ModuleKind::Inception);
    let mut ends = Vec::new();
    for (b, chain) in branches.iter().enumerate() {
        let layers = chain.iter().enumerate();
        ends.push(layers.fold(x, |x, (i, l)| layer(&mut n, &format!("{b}.{i}"), x, l)));
    }
    let y = n.concat("concat", &ends);
    let output = n.shape(y);
    let cost = n.finish(y)?.total_cost();
    Ok(Way { how, output, params: cost.params, macs: cost.macs })
}

fn layer(n: &mut Builder, id: &str, x: NodeId, layer: &Layer) -> NodeId {
    match layer {
        Layer::Conv(width, conv) => n.conv2d(id, x, *width, *conv, false),
        Depthwise3x3 => n.depthwise(id, x, Conv::same(3)),
        MaxPool(window) => n.max_pool(id, x, *window),
        AvgPool(window) => n.avg_pool(id, x, *window),
        Segments3x3(groups) => {
            let channels = n.shape(x).c();
            let op = Conv2d {
                in_channels: channels,
                out_channels: channels,
                kernel: [3; 2],
                stride: [1; 2],
                padding: Padding::symmetric(1, 1),
                groups: *groups,
                bias: false,
            };
            n.add(id, Op::Conv2d(op), &[x])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(job: &str) -> Vec<u64> {
        let all = factorisations().unwrap();
        all.iter().find(|f| f.job == job).unwrap().ways.iter().map(|w| w.params).collect()
    }

    /// The shares that the papers derive: 18/25, 6/9, 14/49 and 27/49.
    #[test]
    fn savings_are_those_of_the_papers() {
        assert_eq!(params("A 5×5 convolution"), [25, 18].map(|k| k * 64 * 64));
        assert_eq!(params("A 3×3 convolution"), [9, 6].map(|k| k * 64 * 64));
        assert_eq!(params("A 7×7 convolution"), [49, 27, 14].map(|k| k * 192 * 192));
        let xception = params("From Inception to separable convolutions");
        assert_eq!(xception[2], xception[3], "figure 3 is figure 2 written otherwise");
        assert_eq!(xception[4..], [728 * 728 + 728 * 9; 2]);
    }

    /// Whatever way is taken, the same grid and, but for the naive module, as many channels come out.
    #[test]
    fn every_way_does_the_job() {
        for Factorisation { job, ways, .. } in factorisations().unwrap() {
            let first = ways[0].output;
            for Way { how, output, .. } in &ways[1..] {
                let naive = job.starts_with("Inception module");
                assert!(naive || *output == first, "{job}: {how} yields {output}, not {first}");
            }
        }
    }
}
