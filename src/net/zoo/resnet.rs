//! ResNet-34, -50, -101 and -152 (He et al. 2015, arXiv 1512.03385), as torchvision's weights have
//! them: "v1.5", with the stride of a bottleneck on its 3×3 (the paper's is on the first 1×1).

use super::{Choice, Network};
use crate::net::op::Window;
use crate::net::{Builder, Conv, Graph, GraphError, LaneRole, ModuleKind, NodeId, Note, Profile};

pub(super) const RESNET34: Network = network("resnet34", "ResNet-34", &[V1, TIMM]);
pub(super) const RESNET50: Network = network("resnet50", "ResNet-50", &[V1, V2, TIMM]);
pub(super) const RESNET101: Network = network("resnet101", "ResNet-101", &[V1, V2, TIMM]);
pub(super) const RESNET152: Network = network("resnet152", "ResNet-152", &[V1, V2, TIMM]);

const V1: Profile = Profile::torchvision(1e-5, 256);
const V2: Profile = Profile::torchvision_v2(1e-5);
const TIMM: Profile = Profile::timm_resnet();

const fn network(id: &'static str, title: &'static str, profiles: &'static [Profile]) -> Network {
    Network {
        id,
        title,
        paper: "He et al. 2015, Deep residual learning for image recognition, arXiv 1512.03385",
        input_size: 224,
        classes: 1000,
        variants: &[],
        profiles,
        build,
    }
}

/// Table 1: blocks of the four stages.
fn stages(network: &str) -> ([usize; 4], bool) {
    match network {
        "resnet34" => ([3, 4, 6, 3], false),
        "resnet50" => ([3, 4, 6, 3], true),
        "resnet101" => ([3, 4, 23, 3], true),
        _ => ([3, 8, 36, 3], true),
    }
}

fn build(choice: &Choice) -> Result<Graph, GraphError> {
    let (mut n, x) = choice.start();
    n.module("stem", "Stem", ModuleKind::Stem);
    let x = n.conv2d("conv1", x, 64, Conv::same(7).stride(2), false);
    let x = n.batch_norm("bn1", x);
    let x = n.relu("relu", x);
    let mut x = n.max_pool("maxpool", x, Window::square(3, 2).pad(1));

    let (blocks, bottleneck) = stages(choice.network.id);
    for (stage, count) in blocks.into_iter().enumerate() {
        for block in 0..count {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            let id = format!("layer{}.{block}", stage + 1);
            let label = format!("conv{}_{}", stage + 2, block + 1);
            x = residual(&mut n, x, &id, &label, 64 << stage, stride, bottleneck);
        }
    }

    let logits = n.classifier(x, "avgpool", "fc", choice.classes);
    n.finish(logits)
}

/// Figure 5: two 3×3 (left), or 1×1, 3×3 and a 1×1 that widens fourfold (right), around a shortcut.
fn residual(
    n: &mut Builder,
    x: NodeId,
    id: &str,
    label: &str,
    width: usize,
    stride: usize,
    bottleneck: bool,
) -> NodeId {
    let path = |leaf: &str| format!("{id}.{leaf}");
    n.module(id, label, ModuleKind::Residual);
    n.lane("residual", LaneRole::Residual);
    let convs = if bottleneck {
        vec![(width, Conv::valid(1)), (width, Conv::same(3).stride(stride)), (4 * width, Conv::valid(1))]
    } else {
        vec![(width, Conv::same(3).stride(stride)), (width, Conv::same(3))]
    };
    let mut y = x;
    for (i, (channels, conv)) in convs.iter().enumerate() {
        let number = i + 1;
        y = n.conv2d(&path(&format!("conv{number}")), y, *channels, *conv, false);
        if bottleneck && stride == 2 && number == 2 {
            n.note(y, Note::StrideOn3x3);
        }
        y = n.batch_norm(&path(&format!("bn{number}")), y);
        if number < convs.len() {
            y = n.relu(&path(&format!("relu{number}")), y);
        }
    }
    n.lane("shortcut", LaneRole::Shortcut);
    let mut shortcut = x;
    if n.shape(x) != n.shape(y) {
        let channels = n.shape(y).c();
        shortcut = n.conv2d(&path("downsample.0"), x, channels, Conv::valid(1).stride(stride), false);
        shortcut = n.batch_norm(&path("downsample.1"), shortcut);
    }
    n.join();
    let sum = n.residual(&path("sum"), y, shortcut, 1.0);
    n.relu(id, sum)
}
