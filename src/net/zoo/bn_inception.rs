//! BN-Inception (Ioffe and Szegedy 2015, arXiv 1502.03167, figure 5), as Cadene's
//! pretrained-models.pytorch has it: GoogLeNet with batch norm, two 3×3 for each 5×5, average pools, and
//! modules 3c and 4e that halve the grid. Convolutions keep their biases beside batch norm.

use super::{Choice, Network};
use crate::net::op::Window;
use crate::net::{Builder, Conv, Graph, GraphError, ModuleKind, NodeId, Profile};

pub(super) const NETWORK: Network = Network {
    id: "bn_inception",
    title: "BN-Inception",
    paper: "Ioffe and Szegedy 2015, Batch normalization: accelerating deep network training by \
            reducing internal covariate shift, arXiv 1502.03167",
    input_size: 224,
    classes: 1000,
    variants: &[],
    profiles: &[Profile::cadene()],
    build,
};

/// Filters of a module.
enum Widths {
    /// 1×1; 3×3 after its reduction; two 3×3 after theirs; 1×1 after the pool.
    Inception(usize, [usize; 2], [usize; 3], usize),
    /// The same without 1×1s of its own: both branches and the pool have stride 2.
    Reduction([usize; 2], [usize; 3]),
}
use Widths::{Inception, Reduction};

/// Figure 5.
const MODULES: [(&str, Widths); 10] = [
    ("3a", Inception(64, [64, 64], [64, 96, 96], 32)),
    ("3b", Inception(64, [64, 96], [64, 96, 96], 64)),
    ("3c", Reduction([128, 160], [64, 96, 96])),
    ("4a", Inception(224, [64, 96], [96, 128, 128], 128)),
    ("4b", Inception(192, [96, 128], [96, 128, 128], 128)),
    ("4c", Inception(160, [128, 160], [128, 160, 160], 128)),
    ("4d", Inception(96, [128, 192], [160, 192, 192], 128)),
    ("4e", Reduction([128, 192], [192, 256, 256])),
    ("5a", Inception(352, [192, 320], [160, 224, 224], 128)),
    ("5b", Inception(352, [192, 320], [192, 224, 224], 128)),
];

fn build(choice: &Choice) -> Result<Graph, GraphError> {
    let (mut n, x) = choice.start();
    n.module("stem", "Stem", ModuleKind::Stem);
    let pool = Window::square(3, 2).ceil();
    let mut x = conv(&mut n, "conv1", "7x7_s2", "7x7", x, 64, Conv::same(7).stride(2));
    x = n.max_pool("pool1_3x3_s2", x, pool);
    x = conv(&mut n, "conv2", "3x3_reduce", "3x3_reduce", x, 64, Conv::valid(1));
    x = conv(&mut n, "conv2", "3x3", "3x3", x, 192, Conv::same(3));
    x = n.max_pool("pool2_3x3_s2", x, pool);
    for (name, widths) in MODULES {
        x = module(&mut n, x, name, widths);
    }
    let logits = n.classifier(x, "global_pool", "last_linear", choice.classes);
    n.finish(logits)
}

fn module(n: &mut Builder, x: NodeId, name: &str, widths: Widths) -> NodeId {
    let id = format!("inception_{name}");
    let (kind, one, three, double, last) = match widths {
        Inception(c1, three, double, _) => (ModuleKind::Inception, Some(c1), three, double, Conv::same(3)),
        Reduction(three, double) => (ModuleKind::Reduction, None, three, double, Conv::same(3).stride(2)),
    };
    let layer = |n: &mut Builder, leaf: &str, x, width, window| conv(n, &id, leaf, leaf, x, width, window);
    n.module(&id, &format!("Inception ({name})"), kind);
    let mut ends = Vec::new();

    if let Some(width) = one {
        n.branch("1×1");
        ends.push(layer(n, "1x1", x, width, Conv::valid(1)));
    }

    n.branch("3×3");
    let y = layer(n, "3x3_reduce", x, three[0], Conv::valid(1));
    ends.push(layer(n, "3x3", y, three[1], last));

    n.branch("3×3 double");
    let y = layer(n, "double_3x3_reduce", x, double[0], Conv::valid(1));
    let y = layer(n, "double_3x3_1", y, double[1], Conv::same(3));
    ends.push(layer(n, "double_3x3_2", y, double[2], last));

    n.branch("pool");
    let path = format!("{id}_pool");
    ends.push(match widths {
        Reduction(..) => n.max_pool(&path, x, Window::square(3, 2).ceil()),
        Inception(.., width) => {
            let window = Window::square(3, 1).pad(1).ceil();
            // The last module takes the maximum, all before it the average.
            let y = if name == "5b" { n.max_pool(&path, x, window) } else { n.avg_pool(&path, x, window) };
            layer(n, "pool_proj", y, width, Conv::valid(1))
        }
    });

    n.join();
    n.concat(&format!("{id}_output"), &ends)
}

/// Convolution with bias, batch norm and ReLU as `{id}_{leaf}`, `{id}_{leaf}_bn` and `{id}_relu_{relu}`.
fn conv(n: &mut Builder, id: &str, leaf: &str, relu: &str, x: NodeId, width: usize, window: Conv) -> NodeId {
    let x = n.conv2d(&format!("{id}_{leaf}"), x, width, window, true);
    let x = n.batch_norm(&format!("{id}_{leaf}_bn"), x);
    n.relu(&format!("{id}_relu_{relu}"), x)
}
