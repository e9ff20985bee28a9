//! Inception-v3 (Szegedy et al. 2015, arXiv 1512.00567), as torchvision's and timm's weights have it.
//! `no-bn` has biases instead of batch norms; `nsfwjs` ends in the three dense layers of that npm package.

use super::{Choice, Network, Variant};
use crate::net::op::Window;
use crate::net::{Builder, Conv, Graph, GraphError, ModuleKind, NodeId, Note, Profile};

pub(super) const NETWORK: Network = Network {
    id: "inception_v3",
    title: "Inception-v3",
    paper: "Szegedy et al. 2015, Rethinking the Inception architecture, arXiv 1512.00567",
    input_size: 299,
    classes: 1000,
    variants: &[
        Variant::new("no-bn", "biases instead of batch norm"),
        Variant::new("nsfwjs", "the npm package's three dense layers").profile("nsfwjs"),
    ],
    profiles: &[
        Profile::torchvision(1e-3, 342).with_transform_input(),
        Profile::timm(1e-3, 341).counting_padding(),
        Profile::gluon(1e-3, 341),
        Profile::keras(),
        Profile::nsfwjs(),
        Profile::torchvision_own(1e-3, 342),
    ],
    build,
};

fn build(choice: &Choice) -> Result<Graph, GraphError> {
    let (mut n, x) = choice.start();
    if choice.is("no-bn") {
        n.without_batch_norm();
    }
    n.module("stem", "Stem", ModuleKind::Stem);
    let x = n.conv("Conv2d_1a_3x3", x, 32, Conv::valid(3).stride(2));
    let x = n.conv("Conv2d_2a_3x3", x, 32, Conv::valid(3));
    let x = n.conv("Conv2d_2b_3x3", x, 64, Conv::same(3));
    let x = n.max_pool("maxpool1", x, Window::square(3, 2));
    let x = n.conv("Conv2d_3b_1x1", x, 80, Conv::valid(1));
    n.note(x, Note::StemDiffers);
    let x = n.conv("Conv2d_4a_3x3", x, 192, Conv::valid(3));
    let x = n.max_pool("maxpool2", x, Window::square(3, 2));

    let x = inception_a(&mut n, x, "Mixed_5b", "Inception-A 1", 32);
    let x = inception_a(&mut n, x, "Mixed_5c", "Inception-A 2", 64);
    let x = inception_a(&mut n, x, "Mixed_5d", "Inception-A 3", 64);
    let x = reduction_a(&mut n, x);
    let x = inception_b(&mut n, x, "Mixed_6b", "Inception-B 1", 128);
    let x = inception_b(&mut n, x, "Mixed_6c", "Inception-B 2", 160);
    let x = inception_b(&mut n, x, "Mixed_6d", "Inception-B 3", 160);
    let x = inception_b(&mut n, x, "Mixed_6e", "Inception-B 4", 192);
    let before_reduction_b = x;
    let x = reduction_b(&mut n, x);
    let x = inception_c(&mut n, x, "Mixed_7b", "Inception-C 1");
    let x = inception_c(&mut n, x, "Mixed_7c", "Inception-C 2");

    if choice.is("nsfwjs") {
        let logits = dense_classifier(&mut n, x, choice.classes);
        return n.finish(logits);
    }
    let logits = n.classifier(x, "avgpool", "fc", choice.classes);
    n.note(logits, Note::Dropout(50));
    // Its 5×5 window and 5×5 convolution need a grid of 17×17; below, the head is left out.
    if n.shape(before_reduction_b).h() >= 17 {
        auxiliary(&mut n, before_reduction_b, choice.classes);
    }
    n.finish(logits)
}

/// The head of the npm package nsfwjs, by its Keras layer names.
fn dense_classifier(n: &mut Builder, x: NodeId, classes: usize) -> NodeId {
    n.module("head", "Classifier", ModuleKind::Head);
    let mut x = n.global_avg_pool("avgpool", x);
    for (id, width) in [("dense_1", 256), ("dense_2", 128)] {
        x = n.linear(id, x, width, true);
        x = n.relu(&format!("{id}.relu"), x);
    }
    n.linear("dense_3", x, classes, true)
}

/// Figure 5: the 5×5 of GoogLeNet beside two stacked 3×3. (torchvision keeps one 5×5 branch.)
fn inception_a(n: &mut Builder, x: NodeId, id: &str, label: &str, pool_width: usize) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    n.module(id, label, ModuleKind::Inception);
    n.branch("1×1");
    let b1 = n.conv(&path("branch1x1"), x, 64, Conv::valid(1));
    n.branch("5×5");
    let b5 = n.conv(&path("branch5x5_1"), x, 48, Conv::valid(1));
    let b5 = n.conv(&path("branch5x5_2"), b5, 64, Conv::same(5));
    n.branch("3×3 double");
    let b3 = n.conv(&path("branch3x3dbl_1"), x, 64, Conv::valid(1));
    let b3 = n.conv(&path("branch3x3dbl_2"), b3, 96, Conv::same(3));
    let b3 = n.conv(&path("branch3x3dbl_3"), b3, 96, Conv::same(3));
    n.branch("pool");
    let bp = n.avg_pool(&path("avg_pool2d"), x, Window::square(3, 1).pad(1));
    let bp = n.conv(&path("branch_pool"), bp, pool_width, Conv::valid(1));
    n.join();
    n.concat(id, &[b1, b5, b3, bp])
}

/// Figure 10: the grid shrinks from 35×35 to 17×17 without a bottleneck.
fn reduction_a(n: &mut Builder, x: NodeId) -> NodeId {
    n.module("Mixed_6a", "Reduction-A", ModuleKind::Reduction);
    n.branch("3×3");
    let b3 = n.conv("Mixed_6a.branch3x3", x, 384, Conv::valid(3).stride(2));
    n.branch("3×3 double");
    let bd = n.conv("Mixed_6a.branch3x3dbl_1", x, 64, Conv::valid(1));
    let bd = n.conv("Mixed_6a.branch3x3dbl_2", bd, 96, Conv::same(3));
    let bd = n.conv("Mixed_6a.branch3x3dbl_3", bd, 96, Conv::valid(3).stride(2));
    n.branch("pool");
    let bp = n.max_pool("Mixed_6a.max_pool2d", x, Window::square(3, 2));
    n.join();
    n.concat("Mixed_6a", &[b3, bd, bp])
}

/// Figure 6: 7×7 factorised into 1×7 and 7×1.
fn inception_b(n: &mut Builder, x: NodeId, id: &str, label: &str, width: usize) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    let (row, column) = (Conv::same_hw(1, 7), Conv::same_hw(7, 1));
    n.module(id, label, ModuleKind::Inception);
    n.branch("1×1");
    let b1 = n.conv(&path("branch1x1"), x, 192, Conv::valid(1));
    n.branch("7×7");
    let b7 = n.conv(&path("branch7x7_1"), x, width, Conv::valid(1));
    let b7 = n.conv(&path("branch7x7_2"), b7, width, row);
    let b7 = n.conv(&path("branch7x7_3"), b7, 192, column);
    n.branch("7×7 double");
    let bd = n.conv(&path("branch7x7dbl_1"), x, width, Conv::valid(1));
    let bd = n.conv(&path("branch7x7dbl_2"), bd, width, column);
    let bd = n.conv(&path("branch7x7dbl_3"), bd, width, row);
    let bd = n.conv(&path("branch7x7dbl_4"), bd, width, column);
    let bd = n.conv(&path("branch7x7dbl_5"), bd, 192, row);
    n.branch("pool");
    let bp = n.avg_pool(&path("avg_pool2d"), x, Window::square(3, 1).pad(1));
    let bp = n.conv(&path("branch_pool"), bp, 192, Conv::valid(1));
    n.join();
    n.concat(id, &[b1, b7, bd, bp])
}

/// From 17×17 to 8×8.
fn reduction_b(n: &mut Builder, x: NodeId) -> NodeId {
    n.module("Mixed_7a", "Reduction-B", ModuleKind::Reduction);
    n.branch("3×3");
    let b3 = n.conv("Mixed_7a.branch3x3_1", x, 192, Conv::valid(1));
    let b3 = n.conv("Mixed_7a.branch3x3_2", b3, 320, Conv::valid(3).stride(2));
    n.branch("7×7 and 3×3");
    let b7 = n.conv("Mixed_7a.branch7x7x3_1", x, 192, Conv::valid(1));
    let b7 = n.conv("Mixed_7a.branch7x7x3_2", b7, 192, Conv::same_hw(1, 7));
    let b7 = n.conv("Mixed_7a.branch7x7x3_3", b7, 192, Conv::same_hw(7, 1));
    let b7 = n.conv("Mixed_7a.branch7x7x3_4", b7, 192, Conv::valid(3).stride(2));
    n.branch("pool");
    let bp = n.max_pool("Mixed_7a.max_pool2d", x, Window::square(3, 2));
    n.join();
    n.concat("Mixed_7a", &[b3, b7, bp])
}

/// Figure 7: expanded filter banks, 1×3 and 3×1 side by side.
fn inception_c(n: &mut Builder, x: NodeId, id: &str, label: &str) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    let (row, column) = (Conv::same_hw(1, 3), Conv::same_hw(3, 1));
    n.module(id, label, ModuleKind::Inception);
    n.branch("1×1");
    let b1 = n.conv(&path("branch1x1"), x, 320, Conv::valid(1));
    n.branch("3×3");
    let b3 = n.conv(&path("branch3x3_1"), x, 384, Conv::valid(1));
    let a = n.conv(&path("branch3x3_2a"), b3, 384, row);
    let b = n.conv(&path("branch3x3_2b"), b3, 384, column);
    let b3 = n.concat(&path("branch3x3.cat"), &[a, b]);
    n.branch("3×3 double");
    let bd = n.conv(&path("branch3x3dbl_1"), x, 448, Conv::valid(1));
    let bd = n.conv(&path("branch3x3dbl_2"), bd, 384, Conv::same(3));
    let a = n.conv(&path("branch3x3dbl_3a"), bd, 384, row);
    let b = n.conv(&path("branch3x3dbl_3b"), bd, 384, column);
    let bd = n.concat(&path("branch3x3dbl.cat"), &[a, b]);
    n.branch("pool");
    let bp = n.avg_pool(&path("avg_pool2d"), x, Window::square(3, 1).pad(1));
    let bp = n.conv(&path("branch_pool"), bp, 192, Conv::valid(1));
    n.join();
    n.concat(id, &[b1, b3, bd, bp])
}

/// The auxiliary classifier on the last 17×17 grid (section 4 and figure 8).
fn auxiliary(n: &mut Builder, x: NodeId, classes: usize) {
    n.module("AuxLogits", "Auxiliary head", ModuleKind::Auxiliary);
    n.module_note(Note::AuxiliaryLoss(0.3));
    let x = n.avg_pool("AuxLogits.avg_pool2d", x, Window::square(5, 3));
    let x = n.conv("AuxLogits.conv0", x, 128, Conv::valid(1));
    let x = n.conv("AuxLogits.conv1", x, 768, Conv::valid(5));
    let x = n.adaptive_avg_pool("AuxLogits.adaptive_avg_pool2d", x, 1);
    n.linear("AuxLogits.fc", x, classes, true);
}
