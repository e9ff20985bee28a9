//! Inception-ResNet-v1 and -v2 (Szegedy et al. 2016, arXiv 1602.07261): v2 as timm's weights have
//! it, v1 as facenet-pytorch's face networks; `inception_resnet_v1:imagenet` is the paper's own v1,
//! 299 pixels and 1000 classes, for which no weights were published.
//!
//! The published v2 is not quite the paper's: it has the stem of v1 and an Inception module where the
//! paper takes Inception-v4's stem, 10, 20 and 10 blocks instead of 5, 10 and 5, and 320, 1088 and
//! 2080 channels instead of 384, 1152 and 2144. Both published networks end in a block without ReLU
//! whose residual is not scaled down, the face network in one more than figure 15 has.

use super::{Choice, Network, Variant};
use crate::net::op::{Op, Window};
use crate::net::{Builder, Conv, Graph, GraphError, LaneRole, ModuleKind, NodeId, Note, Profile};

pub(super) const V1: Network = Network {
    id: "inception_resnet_v1",
    title: "Inception-ResNet-v1",
    paper: "Szegedy et al. 2016, Inception-v4, Inception-ResNet and the impact of residual connections \
            on learning, arXiv 1602.07261",
    input_size: 160,
    classes: 8631,
    variants: &[Variant {
        input_size: Some(299),
        ..Variant::new(
            "imagenet",
            "the paper's own: 299 pixels, 1000 classes, 5, 10 and 5 blocks, no embedding",
        )
        .profile("timm")
    }],
    profiles: &[Profile::facenet(), Profile::timm(1e-3, 333)],
    build: build_v1,
};

pub(super) const V2: Network = Network {
    id: "inception_resnet_v2",
    title: "Inception-ResNet-v2",
    paper: V1.paper,
    input_size: 299,
    classes: 1000,
    variants: &[],
    profiles: &[Profile::timm(1e-3, 333), Profile::keras()],
    build: build_v2,
};

/// What differs between the two versions' blocks: filters, and (section 3.3) the factor by which
/// the residual is scaled down before it is added. The factors are the published weights'.
struct Blocks {
    /// block35: widths of the 3×3 double branch, then the scale.
    block35: ([usize; 3], f32),
    /// block17: 1×1 branch; 1×1, 1×7 and 7×1; scale.
    block17: (usize, [usize; 3], f32),
    /// block8: 1×1 branch; 1×1, 1×3 and 3×1; scale.
    block8: (usize, [usize; 3], f32),
}

const V1_BLOCKS: Blocks = Blocks {
    block35: ([32, 32, 32], 0.17),
    block17: (128, [128, 128, 128], 0.10),
    block8: (192, [192, 192, 192], 0.20),
};

const V2_BLOCKS: Blocks = Blocks {
    block35: ([32, 48, 64], 0.17),
    block17: (192, [128, 160, 192], 0.10),
    block8: (192, [192, 224, 256], 0.20),
};

fn build_v2(choice: &Choice) -> Result<Graph, GraphError> {
    let (mut n, x) = choice.start();
    let x = stem_start(&mut n, x);
    let x = n.max_pool("maxpool_5a", x, Window::square(3, 2));
    let mut x = mixed_5b(&mut n, x);
    for i in 0..10 {
        let label = format!("Inception-ResNet-A {} (block35)", i + 1);
        x = block35(&mut n, x, &format!("repeat.{i}"), &label, &V2_BLOCKS);
    }
    x = reduction_a(&mut n, x, [384, 256, 256, 384]);
    for i in 0..20 {
        let label = format!("Inception-ResNet-B {} (block17)", i + 1);
        x = block17(&mut n, x, &format!("repeat_1.{i}"), &label, &V2_BLOCKS);
    }
    x = reduction_b(&mut n, x, [288, 288, 320]);
    for i in 0..9 {
        let label = format!("Inception-ResNet-C {} (block8)", i + 1);
        x = block8(&mut n, x, &format!("repeat_2.{i}"), &label, &V2_BLOCKS);
    }
    x = last_block8(&mut n, x, "Inception-ResNet-C 10 (block8)", &V2_BLOCKS);
    n.module("conv2d_7b", "1×1 before the pool", ModuleKind::Chain);
    x = n.conv("conv2d_7b", x, 1536, Conv::valid(1));
    let logits = n.classifier(x, "global_pool", "classif", choice.classes);
    n.note(logits, Note::Dropout(20));
    n.finish(logits)
}

fn build_v1(choice: &Choice) -> Result<Graph, GraphError> {
    let imagenet = choice.is("imagenet");
    let (mut n, x) = choice.start();
    let x = stem_start(&mut n, x);
    // Figure 14: a strided 3×3 where v2 pools.
    let mut x = n.conv("conv2d_4b", x, 256, Conv::valid(3).stride(2));
    for i in 0..5 {
        let label = format!("Inception-ResNet-A {} (block35)", i + 1);
        x = block35(&mut n, x, &format!("repeat_1.{i}"), &label, &V1_BLOCKS);
    }
    x = reduction_a(&mut n, x, [384, 192, 192, 256]);
    for i in 0..10 {
        let label = format!("Inception-ResNet-B {} (block17)", i + 1);
        x = block17(&mut n, x, &format!("repeat_2.{i}"), &label, &V1_BLOCKS);
    }
    x = reduction_b(&mut n, x, [256, 256, 256]);
    for i in 0..5 {
        let label = format!("Inception-ResNet-C {} (block8)", i + 1);
        x = block8(&mut n, x, &format!("repeat_3.{i}"), &label, &V1_BLOCKS);
    }
    if imagenet {
        let logits = n.classifier(x, "avgpool_1a", "logits", choice.classes);
        n.note(logits, Note::Dropout(20));
        return n.finish(logits);
    }
    x = last_block8(&mut n, x, "Inception-ResNet-C 6 (block8)", &V1_BLOCKS);

    n.module("head", "Classifier", ModuleKind::Head);
    x = n.global_avg_pool("avgpool_1a", x);
    x = n.linear("last_linear", x, 512, false);
    n.note(x, Note::Dropout(60));
    x = n.batch_norm("last_bn", x);
    // The classifier reads the embedding before it is brought to length 1.
    let logits = n.linear("logits", x, choice.classes, true);
    n.module("embedding", "Face embedding", ModuleKind::Head);
    n.add("embedding", Op::L2Normalize, &[x]);
    n.finish(logits)
}

/// The plain start of both stems, to the 71×71 (faces: 36×36) grid.
fn stem_start(n: &mut Builder, x: NodeId) -> NodeId {
    n.module("stem", "Stem", ModuleKind::Stem);
    let x = n.conv("conv2d_1a", x, 32, Conv::valid(3).stride(2));
    let x = n.conv("conv2d_2a", x, 32, Conv::valid(3));
    let x = n.conv("conv2d_2b", x, 64, Conv::same(3));
    let x = n.max_pool("maxpool_3a", x, Window::square(3, 2));
    let x = n.conv("conv2d_3b", x, 80, Conv::valid(1));
    n.conv("conv2d_4a", x, 192, Conv::valid(3))
}

/// An Inception module without a shortcut, before v2's first residual block.
fn mixed_5b(n: &mut Builder, x: NodeId) -> NodeId {
    n.module("mixed_5b", "Inception-A (mixed 5b)", ModuleKind::Inception);
    n.branch("1×1");
    let b0 = n.conv("mixed_5b.branch0", x, 96, Conv::valid(1));
    n.branch("5×5");
    let b1 = n.conv("mixed_5b.branch1.0", x, 48, Conv::valid(1));
    let b1 = n.conv("mixed_5b.branch1.1", b1, 64, Conv::same(5));
    n.branch("3×3 double");
    let b2 = n.conv("mixed_5b.branch2.0", x, 64, Conv::valid(1));
    let b2 = n.conv("mixed_5b.branch2.1", b2, 96, Conv::same(3));
    let b2 = n.conv("mixed_5b.branch2.2", b2, 96, Conv::same(3));
    n.branch("pool");
    let b3 = n.avg_pool("mixed_5b.branch3.0", x, Window::square(3, 1).pad(1));
    let b3 = n.conv("mixed_5b.branch3.1", b3, 64, Conv::valid(1));
    n.join();
    n.concat("mixed_5b", &[b0, b1, b2, b3])
}

/// The end of every block: branches concatenated, a linear 1×1 that widens them to the shortcut's
/// channels, scaled sum, and (but for the last block) ReLU.
fn close(n: &mut Builder, x: NodeId, id: &str, branches: &[NodeId], scale: f32, relu: bool) -> NodeId {
    n.join();
    let cat = n.concat(&format!("{id}.cat"), branches);
    let channels = n.shape(x).c();
    let up = n.conv2d(&format!("{id}.conv2d"), cat, channels, Conv::valid(1), true);
    n.note(up, Note::LinearProjection);
    if relu {
        let sum = n.residual(&format!("{id}.sum"), up, x, scale);
        n.relu(id, sum)
    } else {
        n.residual(id, up, x, scale)
    }
}

/// Figures 10 and 16.
fn block35(n: &mut Builder, x: NodeId, id: &str, label: &str, blocks: &Blocks) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    let ([c0, c1, c2], scale) = blocks.block35;
    n.module(id, label, ModuleKind::Residual);
    n.branch("1×1");
    let b0 = n.conv(&path("branch0"), x, 32, Conv::valid(1));
    n.branch("3×3");
    let b1 = n.conv(&path("branch1.0"), x, 32, Conv::valid(1));
    let b1 = n.conv(&path("branch1.1"), b1, 32, Conv::same(3));
    n.branch("3×3 double");
    let b2 = n.conv(&path("branch2.0"), x, c0, Conv::valid(1));
    let b2 = n.conv(&path("branch2.1"), b2, c1, Conv::same(3));
    let b2 = n.conv(&path("branch2.2"), b2, c2, Conv::same(3));
    n.lane("shortcut", LaneRole::Shortcut);
    close(n, x, id, &[b0, b1, b2], scale, true)
}

/// Figures 11 and 17.
fn block17(n: &mut Builder, x: NodeId, id: &str, label: &str, blocks: &Blocks) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    let (single, [c0, c1, c2], scale) = blocks.block17;
    n.module(id, label, ModuleKind::Residual);
    n.branch("1×1");
    let b0 = n.conv(&path("branch0"), x, single, Conv::valid(1));
    n.branch("7×7");
    let b1 = n.conv(&path("branch1.0"), x, c0, Conv::valid(1));
    let b1 = n.conv(&path("branch1.1"), b1, c1, Conv::same_hw(1, 7));
    let b1 = n.conv(&path("branch1.2"), b1, c2, Conv::same_hw(7, 1));
    n.lane("shortcut", LaneRole::Shortcut);
    close(n, x, id, &[b0, b1], scale, true)
}

/// Figures 13 and 19.
fn block8(n: &mut Builder, x: NodeId, id: &str, label: &str, blocks: &Blocks) -> NodeId {
    n.module(id, label, ModuleKind::Residual);
    let branches = block8_branches(n, x, id, blocks);
    close(n, x, id, &branches, blocks.block8.2, true)
}

/// The last block8 adds its residual unscaled and has no ReLU.
fn last_block8(n: &mut Builder, x: NodeId, label: &str, blocks: &Blocks) -> NodeId {
    n.module("block8", label, ModuleKind::Residual);
    let branches = block8_branches(n, x, "block8", blocks);
    close(n, x, "block8", &branches, 1.0, false)
}

fn block8_branches(n: &mut Builder, x: NodeId, id: &str, blocks: &Blocks) -> [NodeId; 2] {
    let path = |leaf: &str| format!("{id}.{leaf}");
    let (single, [c0, c1, c2], _) = blocks.block8;
    n.branch("1×1");
    let b0 = n.conv(&path("branch0"), x, single, Conv::valid(1));
    n.branch("3×3");
    let b1 = n.conv(&path("branch1.0"), x, c0, Conv::valid(1));
    let b1 = n.conv(&path("branch1.1"), b1, c1, Conv::same_hw(1, 3));
    let b1 = n.conv(&path("branch1.2"), b1, c2, Conv::same_hw(3, 1));
    n.lane("shortcut", LaneRole::Shortcut);
    [b0, b1]
}

/// Figure 7; `[n, k, l, m]` of table 1.
fn reduction_a(n: &mut Builder, x: NodeId, [single, c0, c1, c2]: [usize; 4]) -> NodeId {
    n.module("mixed_6a", "Reduction-A", ModuleKind::Reduction);
    n.branch("3×3");
    let b0 = n.conv("mixed_6a.branch0", x, single, Conv::valid(3).stride(2));
    n.branch("3×3 double");
    let b1 = n.conv("mixed_6a.branch1.0", x, c0, Conv::valid(1));
    let b1 = n.conv("mixed_6a.branch1.1", b1, c1, Conv::same(3));
    let b1 = n.conv("mixed_6a.branch1.2", b1, c2, Conv::valid(3).stride(2));
    n.branch("pool");
    let b2 = n.max_pool("mixed_6a.branch2", x, Window::square(3, 2));
    n.join();
    n.concat("mixed_6a", &[b0, b1, b2])
}

/// Figures 12 and 18; widths of the second and of the third branch's 3×3 convolutions.
fn reduction_b(n: &mut Builder, x: NodeId, [second, third, last]: [usize; 3]) -> NodeId {
    n.module("mixed_7a", "Reduction-B", ModuleKind::Reduction);
    n.branch("3×3");
    let b0 = n.conv("mixed_7a.branch0.0", x, 256, Conv::valid(1));
    let b0 = n.conv("mixed_7a.branch0.1", b0, 384, Conv::valid(3).stride(2));
    n.branch("3×3");
    let b1 = n.conv("mixed_7a.branch1.0", x, 256, Conv::valid(1));
    let b1 = n.conv("mixed_7a.branch1.1", b1, second, Conv::valid(3).stride(2));
    n.branch("3×3 double");
    let b2 = n.conv("mixed_7a.branch2.0", x, 256, Conv::valid(1));
    let b2 = n.conv("mixed_7a.branch2.1", b2, third, Conv::same(3));
    let b2 = n.conv("mixed_7a.branch2.2", b2, last, Conv::valid(3).stride(2));
    n.branch("pool");
    let b3 = n.max_pool("mixed_7a.branch3", x, Window::square(3, 2));
    n.join();
    n.concat("mixed_7a", &[b0, b1, b2, b3])
}
