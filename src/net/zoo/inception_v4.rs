//! Inception-v4 (Szegedy et al. 2016, arXiv 1602.07261), as timm's weights have it.

use super::{Choice, Network};
use crate::net::op::Window;
use crate::net::{Builder, Conv, Graph, GraphError, ModuleKind, NodeId, Note, Profile};

pub(super) const NETWORK: Network = Network {
    id: "inception_v4",
    title: "Inception-v4",
    paper: "Szegedy et al. 2016, Inception-v4, Inception-ResNet and the impact of residual connections \
            on learning, arXiv 1602.07261",
    input_size: 299,
    classes: 1000,
    variants: &[],
    profiles: &[Profile::timm(1e-3, 341)],
    build,
};

fn build(choice: &Choice) -> Result<Graph, GraphError> {
    let (mut n, x) = choice.start();
    let mut x = stem(&mut n, x);
    for i in 0..4 {
        x = inception_a(&mut n, x, &format!("features.{}", 6 + i), &format!("Inception-A {}", i + 1));
    }
    x = reduction_a(&mut n, x, "features.10");
    for i in 0..7 {
        x = inception_b(&mut n, x, &format!("features.{}", 11 + i), &format!("Inception-B {}", i + 1));
    }
    x = reduction_b(&mut n, x, "features.18");
    for i in 0..3 {
        x = inception_c(&mut n, x, &format!("features.{}", 19 + i), &format!("Inception-C {}", i + 1));
    }
    let logits = n.classifier(x, "global_pool", "last_linear", choice.classes);
    n.note(logits, Note::Dropout(20));
    n.finish(logits)
}

/// Figure 3: three places where the stem runs in parallel lanes.
fn stem(n: &mut Builder, x: NodeId) -> NodeId {
    n.module("stem", "Stem", ModuleKind::Stem);
    let x = n.conv("features.0", x, 32, Conv::valid(3).stride(2));
    let x = n.conv("features.1", x, 32, Conv::valid(3));
    let x = n.conv("features.2", x, 64, Conv::same(3));

    n.module("features.3", "Stem: pool beside 3×3", ModuleKind::Stem);
    n.branch("pool");
    let pool = n.max_pool("features.3.maxpool", x, Window::square(3, 2));
    n.branch("3×3");
    let conv = n.conv("features.3.conv", x, 96, Conv::valid(3).stride(2));
    n.join();
    let x = n.concat("features.3", &[pool, conv]);

    n.module("features.4", "Stem: 3×3 beside 7×7", ModuleKind::Stem);
    n.branch("3×3");
    let b0 = n.conv("features.4.branch0.0", x, 64, Conv::valid(1));
    let b0 = n.conv("features.4.branch0.1", b0, 96, Conv::valid(3));
    n.branch("7×7");
    let b1 = n.conv("features.4.branch1.0", x, 64, Conv::valid(1));
    let b1 = n.conv("features.4.branch1.1", b1, 64, Conv::same_hw(1, 7));
    let b1 = n.conv("features.4.branch1.2", b1, 64, Conv::same_hw(7, 1));
    let b1 = n.conv("features.4.branch1.3", b1, 96, Conv::valid(3));
    n.join();
    let x = n.concat("features.4", &[b0, b1]);

    n.module("features.5", "Stem: 3×3 beside pool", ModuleKind::Stem);
    n.branch("3×3");
    let conv = n.conv("features.5.conv", x, 192, Conv::valid(3).stride(2));
    n.branch("pool");
    let pool = n.max_pool("features.5.maxpool", x, Window::square(3, 2));
    n.join();
    n.concat("features.5", &[conv, pool])
}

/// A 3×3 average pool and a 1×1: the pool branch of every module.
fn pool_branch(n: &mut Builder, x: NodeId, id: &str, width: usize) -> NodeId {
    n.branch("pool");
    let y = n.avg_pool(&format!("{id}.branch3.0"), x, Window::square(3, 1).pad(1));
    n.conv(&format!("{id}.branch3.1"), y, width, Conv::valid(1))
}

/// Figure 4.
fn inception_a(n: &mut Builder, x: NodeId, id: &str, label: &str) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    n.module(id, label, ModuleKind::Inception);
    n.branch("1×1");
    let b0 = n.conv(&path("branch0"), x, 96, Conv::valid(1));
    n.branch("3×3");
    let b1 = n.conv(&path("branch1.0"), x, 64, Conv::valid(1));
    let b1 = n.conv(&path("branch1.1"), b1, 96, Conv::same(3));
    n.branch("3×3 double");
    let b2 = n.conv(&path("branch2.0"), x, 64, Conv::valid(1));
    let b2 = n.conv(&path("branch2.1"), b2, 96, Conv::same(3));
    let b2 = n.conv(&path("branch2.2"), b2, 96, Conv::same(3));
    let b3 = pool_branch(n, x, id, 96);
    n.join();
    n.concat(id, &[b0, b1, b2, b3])
}

/// Figure 7 with k=192, l=224, m=256, n=384.
fn reduction_a(n: &mut Builder, x: NodeId, id: &str) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    n.module(id, "Reduction-A", ModuleKind::Reduction);
    n.branch("3×3");
    let b0 = n.conv(&path("branch0"), x, 384, Conv::valid(3).stride(2));
    n.branch("3×3 double");
    let b1 = n.conv(&path("branch1.0"), x, 192, Conv::valid(1));
    let b1 = n.conv(&path("branch1.1"), b1, 224, Conv::same(3));
    let b1 = n.conv(&path("branch1.2"), b1, 256, Conv::valid(3).stride(2));
    n.branch("pool");
    let b2 = n.max_pool(&path("branch2"), x, Window::square(3, 2));
    n.join();
    n.concat(id, &[b0, b1, b2])
}

/// Figure 5.
fn inception_b(n: &mut Builder, x: NodeId, id: &str, label: &str) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    let (row, column) = (Conv::same_hw(1, 7), Conv::same_hw(7, 1));
    n.module(id, label, ModuleKind::Inception);
    n.branch("1×1");
    let b0 = n.conv(&path("branch0"), x, 384, Conv::valid(1));
    n.branch("7×7");
    let b1 = n.conv(&path("branch1.0"), x, 192, Conv::valid(1));
    let b1 = n.conv(&path("branch1.1"), b1, 224, row);
    let b1 = n.conv(&path("branch1.2"), b1, 256, column);
    n.branch("7×7 double");
    let b2 = n.conv(&path("branch2.0"), x, 192, Conv::valid(1));
    let b2 = n.conv(&path("branch2.1"), b2, 192, column);
    let b2 = n.conv(&path("branch2.2"), b2, 224, row);
    let b2 = n.conv(&path("branch2.3"), b2, 224, column);
    let b2 = n.conv(&path("branch2.4"), b2, 256, row);
    let b3 = pool_branch(n, x, id, 128);
    n.join();
    n.concat(id, &[b0, b1, b2, b3])
}

/// Figure 8.
fn reduction_b(n: &mut Builder, x: NodeId, id: &str) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    n.module(id, "Reduction-B", ModuleKind::Reduction);
    n.branch("3×3");
    let b0 = n.conv(&path("branch0.0"), x, 192, Conv::valid(1));
    let b0 = n.conv(&path("branch0.1"), b0, 192, Conv::valid(3).stride(2));
    n.branch("7×7 and 3×3");
    let b1 = n.conv(&path("branch1.0"), x, 256, Conv::valid(1));
    let b1 = n.conv(&path("branch1.1"), b1, 256, Conv::same_hw(1, 7));
    let b1 = n.conv(&path("branch1.2"), b1, 320, Conv::same_hw(7, 1));
    let b1 = n.conv(&path("branch1.3"), b1, 320, Conv::valid(3).stride(2));
    n.branch("pool");
    let b2 = n.max_pool(&path("branch2"), x, Window::square(3, 2));
    n.join();
    n.concat(id, &[b0, b1, b2])
}

/// Figure 6.
fn inception_c(n: &mut Builder, x: NodeId, id: &str, label: &str) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    let (row, column) = (Conv::same_hw(1, 3), Conv::same_hw(3, 1));
    n.module(id, label, ModuleKind::Inception);
    n.branch("1×1");
    let b0 = n.conv(&path("branch0"), x, 256, Conv::valid(1));
    n.branch("3×3");
    let b1 = n.conv(&path("branch1_0"), x, 384, Conv::valid(1));
    let a = n.conv(&path("branch1_1a"), b1, 256, row);
    let b = n.conv(&path("branch1_1b"), b1, 256, column);
    let b1 = n.concat(&path("branch1.cat"), &[a, b]);
    n.branch("3×3 double");
    let b2 = n.conv(&path("branch2_0"), x, 384, Conv::valid(1));
    let b2 = n.conv(&path("branch2_1"), b2, 448, column);
    let b2 = n.conv(&path("branch2_2"), b2, 512, row);
    let a = n.conv(&path("branch2_3a"), b2, 256, row);
    let b = n.conv(&path("branch2_3b"), b2, 256, column);
    let b2 = n.concat(&path("branch2.cat"), &[a, b]);
    let b3 = pool_branch(n, x, id, 256);
    n.join();
    n.concat(id, &[b0, b1, b2, b3])
}
