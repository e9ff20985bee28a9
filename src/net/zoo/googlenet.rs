//! GoogLeNet (Szegedy et al. 2014, arXiv 1409.4842), as torchvision's weights have it: batch norm
//! after every convolution, no local response normalisation, and a 3×3 where the paper has its 5×5.
//! `published` is the paper's own network, `naive` figure 2(a)'s module without 1×1 reductions, `5h` (in
//! `inception5h.rs`) the one that feature visualisation made famous.

use super::{Choice, Network, Variant, inception5h};
use crate::net::op::{LocalResponseNorm, Window};
use crate::net::{Builder, Conv, Filter, Graph, GraphError, ModuleKind, NodeId, Note, Op, Profile};

pub(super) const NETWORK: Network = Network {
    id: "googlenet",
    title: "GoogLeNet",
    paper: "Szegedy et al. 2014, Going deeper with convolutions, arXiv 1409.4842",
    input_size: 224,
    classes: 1000,
    variants: &[
        Variant::new("published", "the paper's own: true 5×5, local response norm, biases, no batch norm")
            .profile("caffe"),
        Variant::new("naive", "figure 2(a): modules without 1×1 reductions, true 5×5"),
        Variant {
            classes: Some(1008),
            ..Variant::new("5h", "the network of Lucid and OpenAI Microscope, 1008 classes").profile("lucid")
        },
    ],
    profiles: &[
        Profile::torchvision(1e-3, 256).with_transform_input(),
        // No timm weights exist; this is x/127.5 − 1 without transform_input, as our flowers have it.
        Profile::timm(1e-3, 256).with_filter(Filter::Bilinear),
        Profile::torchvision_own(1e-3, 256),
        Profile::caffe(),
        Profile::lucid(),
    ],
    build,
};

/// Table 1: filters of the six convolutions of each module.
#[rustfmt::skip]
const MODULES: [(&str, Widths); 9] = [
    //        1×1  3×3r 3×3  5×5r 5×5 pool
    ("3a", [ 64,  96, 128, 16,  32,  32]),
    ("3b", [128, 128, 192, 32,  96,  64]),
    ("4a", [192,  96, 208, 16,  48,  64]),
    ("4b", [160, 112, 224, 24,  64,  64]),
    ("4c", [128, 128, 256, 24,  64,  64]),
    ("4d", [112, 144, 288, 32,  64,  64]),
    ("4e", [256, 160, 320, 32, 128, 128]),
    ("5a", [256, 160, 320, 32, 128, 128]),
    ("5b", [384, 192, 384, 48, 128, 128]),
];

type Widths = [usize; 6];

fn build(choice: &Choice) -> Result<Graph, GraphError> {
    if choice.is("5h") {
        return inception5h::build(choice);
    }
    let published = choice.is("published");
    let (mut n, x) = choice.start();
    if published {
        n.without_batch_norm();
    }
    let pool = Window::square(3, 2).ceil();

    n.module("stem", "Stem", ModuleKind::Stem);
    let mut x = n.conv("conv1", x, 64, Conv::same(7).stride(2));
    x = n.max_pool("maxpool1", x, pool);
    if published {
        x = lrn(&mut n, "norm1", x);
    }
    x = n.conv("conv2", x, 64, Conv::valid(1));
    x = n.conv("conv3", x, 192, Conv::same(3));
    if published {
        x = lrn(&mut n, "norm2", x);
    }
    x = n.max_pool("maxpool2", x, pool);

    let (mut after_4a, mut after_4d) = (x, x);
    for (name, widths) in MODULES {
        if name == "4a" {
            n.module("maxpool3", "Max pool", ModuleKind::Reduction);
            x = n.max_pool("maxpool3", x, pool);
        }
        if name == "5a" {
            n.module("maxpool4", "Max pool", ModuleKind::Reduction);
            // torchvision's weights were trained with a 2×2 window; the paper's is 3×3.
            x = n.max_pool("maxpool4", x, if published { pool } else { Window::square(2, 2).ceil() });
        }
        x = inception(&mut n, x, name, widths, choice);
        match name {
            "4a" => after_4a = x,
            "4d" => after_4d = x,
            _ => {}
        }
    }

    let logits = n.classifier(x, "avgpool", "fc", choice.classes);
    n.note(logits, Note::Dropout(if choice.variant.is_some() { 40 } else { 20 }));

    // The paper's auxiliary heads end in dense layers over a 4×4 grid, which no other input size yields.
    if !published || choice.size == choice.own_size {
        auxiliary(&mut n, "aux1", after_4a, choice.classes, published);
        auxiliary(&mut n, "aux2", after_4d, choice.classes, published);
    }
    n.finish(logits)
}

/// The Inception module, figure 2(b): 1×1 reductions before 3×3 and 5×5 and after the pool.
/// Figure 2(a), the naive module, has no reductions.
fn inception(
    n: &mut Builder,
    x: NodeId,
    name: &str,
    [c1, r3, c3, r5, c5, cp]: Widths,
    choice: &Choice,
) -> NodeId {
    let id = format!("inception{name}");
    let (naive, published) = (choice.is("naive"), choice.is("published"));
    let five = if published || naive { Conv::same(5) } else { Conv::same(3) };
    let reduce = |n: &mut Builder, path: &str, width| {
        if naive { x } else { n.conv(&format!("{id}.{path}"), x, width, Conv::valid(1)) }
    };
    n.module(&id, &format!("Inception ({name})"), ModuleKind::Inception);

    n.branch("1×1");
    let b1 = n.conv(&format!("{id}.branch1"), x, c1, Conv::valid(1));

    n.branch("3×3");
    let b2 = reduce(n, "branch2.0", r3);
    let b2 = n.conv(&format!("{id}.branch2.1"), b2, c3, Conv::same(3));

    n.branch("5×5");
    let b3 = reduce(n, "branch3.0", r5);
    let b3 = n.conv(&format!("{id}.branch3.1"), b3, c5, five);
    if !published && !naive {
        n.note(b3, Note::Kernel3x3For5x5);
    }

    n.branch("pool");
    let b4 = n.max_pool(&format!("{id}.branch4.0"), x, Window::square(3, 1).pad(1).ceil());
    let b4 = if naive { b4 } else { n.conv(&format!("{id}.branch4.1"), b4, cp, Conv::valid(1)) };

    n.join();
    n.concat(&id, &[b1, b2, b3, b4])
}

/// An auxiliary classifier (section 5): its loss counts 0.3 in training, and it is dropped afterwards.
fn auxiliary(n: &mut Builder, id: &str, x: NodeId, classes: usize, published: bool) {
    n.module(id, if id == "aux1" { "Auxiliary head 1" } else { "Auxiliary head 2" }, ModuleKind::Auxiliary);
    n.module_note(Note::AuxiliaryLoss(0.3));
    let x = if published {
        n.avg_pool(&format!("{id}.avg_pool2d"), x, Window::square(5, 3))
    } else {
        n.adaptive_avg_pool(&format!("{id}.adaptive_avg_pool2d"), x, 4)
    };
    let x = n.conv(&format!("{id}.conv"), x, 128, Conv::valid(1));
    let x = n.linear(&format!("{id}.fc1"), x, 1024, true);
    let x = n.relu(&format!("{id}.relu"), x);
    let x = n.linear(&format!("{id}.fc2"), x, classes, true);
    n.note(x, Note::Dropout(70));
}

fn lrn(n: &mut Builder, id: &str, x: NodeId) -> NodeId {
    // Caffe's GoogLeNet: local_size 5, alpha 1e-4, beta 0.75.
    let op = LocalResponseNorm { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 };
    n.add(id, Op::LocalResponseNorm(op), &[x])
}
