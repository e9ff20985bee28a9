//! Xception (Chollet 2016, arXiv 1610.02357), as timm's `legacy_xception` weights have it.
//! `relu-between` puts a ReLU between depthwise and pointwise convolution (the paper's figure 10),
//! `no-skip` leaves the residual connections out (figure 9).

use super::{Choice, Network, Variant};
use crate::net::op::{Padding, Window};
use crate::net::{Builder, Conv, Graph, GraphError, LaneRole, ModuleKind, NodeId, Note, Profile};

pub(super) const NETWORK: Network = Network {
    id: "xception",
    title: "Xception",
    paper: "Chollet 2016, Xception: deep learning with depthwise separable convolutions, arXiv 1610.02357",
    input_size: 299,
    classes: 1000,
    variants: &[
        Variant::new("relu-between", "a ReLU between depthwise and pointwise (figure 10)"),
        Variant::new("no-skip", "no residual connections (figure 9)"),
    ],
    profiles: &[Profile::timm(1e-5, 333), Profile::keras()],
    build,
};

fn build(choice: &Choice) -> Result<Graph, GraphError> {
    let (mut n, x) = choice.start();
    n.module("stem", "Entry flow: stem", ModuleKind::Stem);
    let x = n.conv2d("conv1", x, 32, Conv::valid(3).stride(2), false);
    let x = n.batch_norm("bn1", x);
    let x = n.relu("act1", x);
    let x = n.conv2d("conv2", x, 64, Conv::valid(3), false);
    let x = n.batch_norm("bn2", x);
    let x = n.relu("act2", x);

    // Figure 5. The first block starts without a ReLU: its input has just had one.
    let mut x = block(&mut n, x, "block1", "Entry flow 1", &[128, 128], 2, false);
    x = block(&mut n, x, "block2", "Entry flow 2", &[256, 256], 2, true);
    x = block(&mut n, x, "block3", "Entry flow 3", &[728, 728], 2, true);
    for i in 4..12 {
        let label = format!("Middle flow {}", i - 3);
        x = block(&mut n, x, &format!("block{i}"), &label, &[728, 728, 728], 1, true);
    }
    x = block(&mut n, x, "block12", "Exit flow", &[728, 1024], 2, true);

    n.module("exit", "Exit flow: separable convolutions", ModuleKind::Chain);
    for (i, width) in [(3, 1536), (4, 2048)] {
        x = separable(&mut n, x, &format!("conv{i}"), width);
        x = n.batch_norm(&format!("bn{i}"), x);
        x = n.relu(&format!("act{i}"), x);
    }
    let logits = n.classifier(x, "global_pool", "fc", choice.classes);
    n.note(logits, Note::Dropout(50));
    n.finish(logits)
}

/// Separable convolutions, each with batch norm and (but for a first without) a ReLU before it; a
/// strided block ends in a max pool, and its shortcut is a strided 1×1. No ReLU after the sum.
fn block(
    n: &mut Builder,
    x: NodeId,
    id: &str,
    label: &str,
    widths: &[usize],
    stride: usize,
    relu_first: bool,
) -> NodeId {
    n.module(id, label, ModuleKind::Residual);
    let with_skip = n.variant() != Some("no-skip");
    if with_skip {
        n.lane("residual", LaneRole::Residual);
    } else {
        n.branch("separable");
    }
    // The reference numbers the ops of its sequence.
    let mut index = 0;
    let mut next = || {
        index += 1;
        format!("{id}.rep.{}", index - 1)
    };
    let mut y = x;
    for (i, width) in widths.iter().enumerate() {
        if i > 0 || relu_first {
            y = n.relu(&next(), y);
        }
        y = separable(n, y, &next(), *width);
        y = n.batch_norm(&next(), y);
    }
    if stride > 1 {
        let window = Window { padding: pool_padding(n, y), ..Window::square(3, stride) };
        y = n.max_pool(&next(), y, window);
    }
    if !with_skip {
        return y;
    }
    n.lane("shortcut", LaneRole::Shortcut);
    let mut skip = x;
    if stride > 1 || n.shape(x) != n.shape(y) {
        let channels = n.shape(y).c();
        skip = n.conv2d(&format!("{id}.skip"), x, channels, Conv::valid(1).stride(stride), false);
        skip = n.batch_norm(&format!("{id}.skipbn"), skip);
    }
    n.join();
    n.residual(id, y, skip, 1.0)
}

/// timm pads each side by one; Keras follows TensorFlow's SAME, which pads even sizes at the end only.
fn pool_padding(n: &Builder, x: NodeId) -> Padding {
    match n.profile().same_pool {
        true => Padding::same(n.shape(x), [3, 3], [2, 2]),
        false => Padding::symmetric(1, 1),
    }
}

/// A depthwise 3×3 and a pointwise 1×1 (section 2), nothing in between.
fn separable(n: &mut Builder, x: NodeId, id: &str, width: usize) -> NodeId {
    // In timm's separable convolution `conv1` is the depthwise one.
    let mut y = n.depthwise(&format!("{id}.conv1"), x, Conv::same(3));
    if n.variant() == Some("relu-between") {
        y = n.relu(&format!("{id}.relu"), y);
    }
    n.conv2d(&format!("{id}.pointwise"), y, width, Conv::valid(1), false)
}
