//! Synthetic weights: every tensor, the test picture and the sampled positions from a name and a seed.
//!
//! Integer arithmetic modulo 2^64 (FNV-1a, splitmix64) and a few IEEE double operations, so that
//! Rust, NumPy and JavaScript agree to the bit. The gains keep activations of every network at a
//! standard deviation near one, and its logits near two; they were chosen by running the networks.

use super::Tensor;
use crate::net::{Graph, NodeId, Op};
use std::iter;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// FNV-1a, 64 bits.
pub fn fnv1a64(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// One step of splitmix64: state in, output out.
const fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(GOLDEN);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Where the stream of a name starts.
fn base(name: &str, seed: u64) -> u64 {
    mix(fnv1a64(name.bytes()) ^ mix(seed))
}

/// The endless random stream of a name: splitmix64 started at its base.
pub fn stream(name: &str, seed: u64) -> impl Iterator<Item = u64> + use<> {
    iter::successors(Some(base(name, seed)), |state| Some(state.wrapping_add(GOLDEN))).map(mix)
}

/// An odd multiple of 2^-24 in (−1, 1): exact in f32.
fn uniform(bits: u64) -> f64 {
    const HALF: f64 = 16_777_216.0;
    (2.0 * (bits >> 40) as f64 + 1.0 - HALF) / HALF
}

/// Random numbers of a normal distribution with deviation 1, by Box and Muller's method; the same for the
/// same name and seed.
pub fn normals(name: &str, seed: u64) -> impl Iterator<Item = f64> {
    let mut bits = stream(name, seed).map(uniform);
    iter::from_fn(move || {
        let (a, b) = (bits.next()?, bits.next()?);
        Some((-2.0 * (a / 2.0 + 0.5).ln()).sqrt() * (std::f64::consts::PI * b).cos())
    })
}

/// Variance gain of a convolution before a ReLU, and of linear layers other than the classifier.
const GAIN: f64 = 1.8;
/// Variance gain of the 1×1 half of a separable convolution: no ReLU follows its other half.
const GAIN_POINTWISE: f64 = 0.9;

/// Variance gain of a linear layer. A classifier's is chosen so that the logits' deviation is about two.
fn linear_gain(network: &str, name: &str) -> f64 {
    match (network, name) {
        ("googlenet", "fc.weight") => 6.0,
        ("bn_inception", "last_linear.weight") => 9.0,
        ("inception_v3", "fc.weight") => 9.0,
        ("inception_v4", "last_linear.weight") => 30.0,
        ("inception_resnet_v2", "classif.weight") => 0.3,
        ("inception_resnet_v1", "logits.weight") => 0.35,
        ("xception", "fc.weight") => 16.0,
        ("resnet34", "fc.weight") => 0.35,
        ("resnet50", "fc.weight") => 0.45,
        ("resnet101", "fc.weight") => 0.5,
        ("resnet152", "fc.weight") => 0.45,
        _ => GAIN,
    }
}

/// Damps the batch norm that closes a residual branch: without it the 50 unscaled sums of a
/// ResNet-152 explode.
fn damping(network: &str, name: &str) -> f64 {
    let path: Vec<&str> = name.split('.').collect();
    match (network, path.as_slice()) {
        ("resnet34", [_, _, "bn2", _]) => 0.25,
        ("resnet50", [_, _, "bn3", _]) => 0.25,
        ("resnet101", [_, _, "bn3", _]) => 0.15,
        ("resnet152", [_, _, "bn3", _]) => 0.125,
        ("xception", ["block1", "rep", "4", _])
        | ("xception", ["block2" | "block3" | "block12", "rep", "5", _])
        | ("xception", [_, "rep", "8", _])
        | ("xception", [_, "skipbn", _]) => 0.5,
        _ => 1.0,
    }
}

/// Offset and scale of a tensor's values. `batch_norm`: a sibling `running_mean` exists.
fn affine(network: &str, name: &str, shape: &[usize], batch_norm: bool) -> (f64, f64) {
    let by_fan_in = |gain: f64| (0.0, (3.0 * gain / shape[1..].iter().product::<usize>() as f64).sqrt());
    let suffix = name.rsplit('.').next().unwrap_or(name);
    match (suffix, shape.len()) {
        ("running_mean", _) => (0.0, 0.1),
        ("running_var", _) => (1.0, 0.5),
        ("weight", _) if batch_norm => {
            let damping = damping(network, name);
            (damping, 0.2 * damping)
        }
        ("weight", 4) if name.ends_with("pointwise.weight") => by_fan_in(GAIN_POINTWISE),
        ("weight", 4) => by_fan_in(GAIN),
        ("weight", 2) => by_fan_in(linear_gain(network, name)),
        (_, _) if batch_norm => (0.0, 0.1),
        (_, _) => (0.0, 0.05),
    }
}

/// The values of a tensor, row-major.
///
/// `network` is the plain id (`resnet50`); its variants share its gains. `name` is the tensor's full
/// name in the reference implementation's state_dict, `shape` its shape there, and `batch_norm` says
/// that it belongs to a batch norm.
pub fn tensor(network: &str, name: &str, shape: &[usize], batch_norm: bool, seed: u64) -> Vec<f32> {
    let (offset, scale) = affine(network, name, shape, batch_norm);
    values(name, seed, shape.iter().product(), offset, scale)
}

/// The tensors of a node, by suffix.
pub fn tensors(graph: &Graph, node: NodeId, seed: u64) -> Vec<(&'static str, Tensor)> {
    let node = graph.node(node);
    let batch_norm = matches!(node.op, Op::BatchNorm(_));
    let fill = |param: crate::net::op::ParamSpec| {
        let name = format!("{}.{}", node.id, param.suffix);
        let data = tensor(graph.network, &name, &param.shape, batch_norm, seed);
        (param.suffix, Tensor { shape: param.shape, data })
    };
    node.op.params().into_iter().map(fill).collect()
}

/// `count` values of the stream of a name.
pub fn values(name: &str, seed: u64, count: usize, offset: f64, scale: f64) -> Vec<f32> {
    stream(name, seed).take(count).map(|bits| (offset + scale * uniform(bits)) as f32).collect()
}

/// The test picture: RGB, `h · w · 3` bytes. Gradients, a checkerboard, a disc, stripes, a bar, noise.
pub fn image(h: usize, w: usize, seed: u64) -> Vec<u8> {
    let step = (seed % 4) as i64;
    let (height, width) = (h as i64, w as i64);
    let cell = 24 + 4 * step;
    let (cx, cy, r) = (width * (2 + step) / 8, height * 5 / 8, width / 5);
    let mut noise = stream("image", seed).map(|bits| (bits >> 59) as i64);
    let mut rgb = Vec::with_capacity(h * w * 3);
    for y in 0..height {
        for x in 0..width {
            let gx = 255 * x / (width - 1).max(1);
            let gy = 255 * y / (height - 1).max(1);
            let mut pixel = [gx, gy, 255 - (gx + gy) / 2];
            if (x / cell + y / cell) % 2 == 1 {
                pixel = pixel.map(|v| v * 5 / 8);
            }
            if (x - cx).pow(2) + (y - cy).pow(2) < r * r {
                pixel = [230, 40 + gy / 4, 60];
            }
            if x >= width / 2 && y < height / 2 && ((x + 2 * y) / 6) % 2 == 0 {
                pixel = pixel.map(|v| 255 - v);
            }
            if (width / 8..width / 8 + 3).contains(&x) {
                pixel = [0; 3];
            }
            for (v, n) in pixel.into_iter().zip(&mut noise) {
                rgb.push((v - 16 + n).clamp(0, 255) as u8);
            }
        }
    }
    rgb
}

/// `count` flat positions in a C,H,W value of `numel` elements: where goldens sample the point `id`.
/// They may repeat. `numel` is at least 1.
pub fn positions(id: &str, numel: usize, count: usize) -> Vec<usize> {
    let numel = numel.max(1) as u64;
    stream(&format!("pos:{id}"), 0).take(count).map(|bits| (bits % numel) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_streams_match_the_reference() {
        assert_eq!(fnv1a64(*b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a64(*b"conv1.conv.weight"), 0x7630_f278_fa95_3344);
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        for (name, start, first) in [
            ("conv1.conv.weight", 0x33a3_e5fa_1a80_3c31, 0x7b3d_6b2c_7ede_3b06),
            ("Mixed_5b.branch1x1.bn.running_var", 0x52f9_1e0b_fb22_628b, 0x00db_1a56_af1a_0eb4),
            ("block12.rep.5.weight", 0x1bd1_aaff_49f0_3d20, 0x63f7_89b5_cecc_6be5),
            ("fc.weight", 0x314d_8481_4249_4168, 0x5e70_8c0f_e4b5_ed14),
        ] {
            assert_eq!(base(name, 1), start, "{name}");
            assert_eq!(stream(name, 1).next(), Some(first), "{name}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn tensors_match_the_reference_to_the_bit() {
        for (network, name, shape, batch_norm, bits) in [
            ("googlenet", "conv1.conv.weight", &[64, 3, 7, 7][..], false,
             [0xbbe98e82, 0x3e1e49cd, 0x3da81edf, 0x3e2f6adc]),
            ("inception_v3", "Mixed_5b.branch1x1.bn.running_var", &[64], true,
             [0x3f00db1a, 0x3f786024, 0x3f8c0a61, 0x3f94d57d]),
            ("xception", "block12.rep.5.weight", &[1024], true, [0x3ef4c96a, 0x3f0d84b9, 0x3ee209ba, 0x3eec01e3]),
            ("resnet50", "fc.weight", &[1000, 2048], false, [0xbbdc94c8, 0x3bf5d649, 0x3c0066c1, 0x3cc49662]),
        ] {
            let values = tensor(network, name, shape, batch_norm, 1);
            assert_eq!(values.len(), shape.iter().product::<usize>());
            assert_eq!(values[..4].iter().map(|v| v.to_bits()).collect::<Vec<_>>(), bits, "{name}");
        }
    }

    /// One row for each rule; the numbers are those of the reference (NumPy) for the real keys.
    #[test]
    #[rustfmt::skip]
    fn offset_and_scale_of_every_kind_of_tensor() {
        for (network, name, shape, batch_norm, expected) in [
            ("googlenet", "inception3a.branch2.0.bn.bias", &[96][..], true, (0.0, 0.1)),
            ("googlenet", "inception3a.branch2.0.bn.running_mean", &[96], true, (0.0, 0.1)),
            ("googlenet", "aux1.fc1.weight", &[1024, 2048], false, (0.0, 0.051348989766109326)),
            ("googlenet", "aux1.fc1.bias", &[1024], false, (0.0, 0.05)),
            ("inception_v3", "fc.weight", &[1000, 2048], false, (0.0, 0.11481983169296148)),
            ("inception_v4", "last_linear.weight", &[1000, 1536], false, (0.0, 0.24206145913796356)),
            ("inception_resnet_v2", "repeat.0.conv2d.bias", &[320], false, (0.0, 0.05)),
            ("inception_resnet_v2", "classif.weight", &[1000, 1536], false, (0.0, 0.024206145913796356)),
            ("inception_resnet_v1", "last_linear.weight", &[512, 1792], false, (0.0, 0.05489437910335499)),
            ("inception_resnet_v1", "logits.weight", &[8631, 512], false, (0.0, 0.04528555233184199)),
            ("xception", "block4.rep.4.pointwise.weight", &[728, 728, 1, 1], false, (0.0, 0.060899845720586265)),
            ("xception", "block4.rep.4.conv1.weight", &[728, 1, 3, 3], false, (0.0, 0.7745966692414834)),
            ("xception", "block4.rep.5.weight", &[728], true, (1.0, 0.2)),
            ("xception", "block11.rep.8.weight", &[728], true, (0.5, 0.1)),
            ("xception", "block1.rep.4.weight", &[128], true, (0.5, 0.1)),
            ("xception", "block3.skipbn.weight", &[728], true, (0.5, 0.1)),
            ("resnet34", "layer1.0.bn2.weight", &[64], true, (0.25, 0.05)),
            ("resnet50", "layer1.0.bn2.weight", &[64], true, (1.0, 0.2)),
            ("resnet50", "layer1.0.bn3.weight", &[256], true, (0.25, 0.05)),
            ("resnet101", "layer3.22.bn3.weight", &[1024], true, (0.15, 0.03)),
            ("resnet152", "layer4.2.bn3.weight", &[2048], true, (0.125, 0.025)),
        ] {
            assert_eq!(affine(network, name, shape, batch_norm), expected, "{network} {name}");
        }
    }

    #[test]
    fn images_match_the_reference() {
        for (size, hash) in
            [(160, 0xab27_d14e_2130_8be6), (224, 0xf356_f958_d4eb_d0b7), (299, 0xc972_1dad_ef1a_9a9e)]
        {
            assert_eq!(fnv1a64(image(size, size, 1)), hash, "{size}");
        }
    }

    #[test]
    fn positions_match_the_reference() {
        let numel = 32 * 28 * 28;
        assert_eq!(positions("inception3a/5x5/1_conv3x3", numel, 4), [7166, 6935, 13502, 14981]);
    }
}
