//! `googlenet:5h`: the GoogLeNet of Lucid, OpenAI Microscope and Distill's Circuits, which TensorFlow's
//! early demos called "inception5h". It differs from the paper's in mixed4a's 3×3 (204 filters), mixed5a's
//! reduction before the 5×5 (48), local response norm and 1008 outputs. Windows are padded as TensorFlow's
//! SAME. Node ids are the layers of captum's `InceptionV1`, whose weights it reads; the ReLU is applied in
//! each branch, as in the original graph, so that `mixed4a` is what Lucid calls `mixed4a`.

use super::Choice;
use crate::net::op::{Conv2d, LocalResponseNorm, MaxPool, Padding, Window};
use crate::net::{Builder, Graph, GraphError, ModuleKind, NodeId, Note, Op};

/// Filters: 1×1, 3×3 reduction, 3×3, 5×5 reduction, 5×5, pool.
const MODULES: [(&str, [usize; 6]); 9] = [
    ("mixed3a", [64, 96, 128, 16, 32, 32]),
    ("mixed3b", [128, 128, 192, 32, 96, 64]),
    ("mixed4a", [192, 96, 204, 16, 48, 64]),
    ("mixed4b", [160, 112, 224, 24, 64, 64]),
    ("mixed4c", [128, 128, 256, 24, 64, 64]),
    ("mixed4d", [112, 144, 288, 32, 64, 64]),
    ("mixed4e", [256, 160, 320, 32, 128, 128]),
    ("mixed5a", [256, 160, 320, 48, 128, 128]),
    ("mixed5b", [384, 192, 384, 48, 128, 128]),
];

pub(super) fn build(choice: &Choice) -> Result<Graph, GraphError> {
    let (mut n, x) = choice.start();
    n.module("stem", "Stem", ModuleKind::Stem);
    let mut x = conv(&mut n, "conv1", x, 64, Window::square(7, 2));
    x = pool(&mut n, "pool1", x, 2);
    x = lrn(&mut n, "local_response_norm1", x);
    x = conv(&mut n, "conv2", x, 64, Window::square(1, 1));
    x = conv(&mut n, "conv3", x, 192, Window::square(3, 1));
    x = lrn(&mut n, "local_response_norm2", x);
    x = pool(&mut n, "pool2", x, 2);
    for (name, widths) in MODULES {
        let reduction = match name {
            "mixed4a" => Some("pool3"),
            "mixed5a" => Some("pool4"),
            _ => None,
        };
        if let Some(id) = reduction {
            n.module(id, "Max pool", ModuleKind::Reduction);
            x = pool(&mut n, id, x, 2);
        }
        x = module(&mut n, x, name, widths);
    }
    let logits = n.classifier(x, "avgpool", "fc", choice.classes);
    n.note(logits, Note::Dropout(40));
    n.finish(logits)
}

fn module(n: &mut Builder, x: NodeId, id: &str, [c1, r3, c3, r5, c5, cp]: [usize; 6]) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    n.module(id, id, ModuleKind::Inception);
    n.branch("1×1");
    let b1 = conv(n, &path("conv_1x1"), x, c1, Window::square(1, 1));
    n.branch("3×3");
    let b2 = conv(n, &path("conv_3x3_reduce"), x, r3, Window::square(1, 1));
    let b2 = conv(n, &path("conv_3x3"), b2, c3, Window::square(3, 1));
    n.branch("5×5");
    let b3 = conv(n, &path("conv_5x5_reduce"), x, r5, Window::square(1, 1));
    let b3 = conv(n, &path("conv_5x5"), b3, c5, Window::square(5, 1));
    n.branch("pool");
    let b4 = pool(n, &path("pool"), x, 1);
    let b4 = conv(n, &path("pool_proj"), b4, cp, Window::square(1, 1));
    n.join();
    n.concat(id, &[b1, b2, b3, b4])
}

/// Convolution with bias and ReLU as `{id}` and `{id}_relu`.
fn conv(n: &mut Builder, id: &str, x: NodeId, out_channels: usize, window: Window) -> NodeId {
    let Window { kernel, stride, padding, .. } = same(n, x, window);
    let in_channels = n.shape(x).c();
    let op = Conv2d { in_channels, out_channels, kernel, stride, padding, groups: 1, bias: true };
    let x = n.add(id, Op::Conv2d(op), &[x]);
    n.relu(&format!("{id}_relu"), x)
}

fn pool(n: &mut Builder, id: &str, x: NodeId, stride: usize) -> NodeId {
    let window = same(n, x, Window::square(3, stride));
    n.add(id, Op::MaxPool(MaxPool { window }), &[x])
}

fn same(n: &Builder, x: NodeId, window: Window) -> Window {
    Window { padding: Padding::same(n.shape(x), window.kernel, window.stride), ..window }
}

/// TensorFlow's numbers are radius 5, alpha 1e-4, beta 0.5 and bias 2, where alpha multiplies the sum of
/// squares; ours multiplies their mean.
fn lrn(n: &mut Builder, id: &str, x: NodeId) -> NodeId {
    let op = LocalResponseNorm { size: 11, alpha: 11.0e-4, beta: 0.5, k: 2.0 };
    n.add(id, Op::LocalResponseNorm(op), &[x])
}
