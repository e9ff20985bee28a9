use super::{Op, Window};
use serde::Serialize;
use std::fmt;

/// An op as data: what it is and the numbers that tell it from others of its kind. What is usual (stride
/// 1, padding that keeps the size) is left out. [`fmt::Display`] says it in a few words:
/// "conv 3×3 /2 V" is a 3×3 convolution with stride 2 and valid padding.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Op"))]
pub struct OpDescription {
    /// [`Op::name`].
    pub kind: &'static str,
    /// Rows and columns of the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub kernel: Option<[usize; 2]>,
    /// Vertical and horizontal step, unless both are 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub stride: Option<[usize; 2]>,
    /// True for a window larger than 1×1 that never reaches over the edge: what the papers mark "V".
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(as = "Option<bool>", optional))]
    pub valid: bool,
    /// Factor of a residual sum's residual, unless it is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub scale: Option<f32>,
    /// Rows and columns of an adaptive pool's output.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub out: Option<[usize; 2]>,
    /// Channels in a local response norm's window.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub size: Option<usize>,
}

impl Op {
    /// The op as data.
    pub fn describe(&self) -> OpDescription {
        let mut d = OpDescription {
            kind: self.name(),
            kernel: None,
            stride: None,
            valid: false,
            scale: None,
            out: None,
            size: None,
        };
        if let Some(Window { kernel, stride, padding, ceil }) = self.window() {
            d.kernel = Some(kernel);
            d.stride = Some(stride).filter(|stride| *stride != [1, 1]);
            // GoogLeNet's pools round up, which is padding at one end.
            d.valid = padding.is_valid() && !ceil && kernel != [1, 1];
        }
        match self {
            Self::AdaptiveAvgPool(pool) => d.out = Some(pool.out),
            Self::Add(add) => d.scale = Some(add.scale).filter(|scale| *scale != 1.0),
            Self::LocalResponseNorm(norm) => d.size = Some(norm.size),
            _ => {}
        }
        d
    }
}

impl fmt::Display for OpDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            "conv2d" => "conv",
            "depthwise_conv2d" => "depthwise",
            "max_pool2d" => "max pool",
            "avg_pool2d" => "average pool",
            "adaptive_avg_pool2d" => "average to",
            "global_avg_pool2d" => "global average",
            "batch_norm" => "BN",
            "relu" => "ReLU",
            "add" => "sum",
            "local_response_norm" => "local response norm",
            "l2_normalize" => "L2 norm",
            "transform_input" => "transform input",
            kind => kind,
        })?;
        if let Some([h, w]) = self.kernel.or(self.out) {
            write!(f, " {h}×{w}")?;
        }
        match self.stride {
            Some([h, w]) if h == w => write!(f, " /{h}")?,
            Some([h, w]) => write!(f, " /{h}×{w}")?,
            None => {}
        }
        if self.valid {
            f.write_str(" V")?;
        }
        match self.scale {
            Some(scale) => write!(f, " ×{scale}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::net::zoo::{Options, build};
    use serde_json::{json, to_value};

    #[test]
    fn descriptions_hold_what_is_unusual() {
        let of = |network: &str, node: &str| {
            let graph = build(network, &Options::default()).unwrap();
            graph.node(graph.find(node).unwrap()).op.describe()
        };
        for (network, node, label, data) in [
            ("googlenet", "conv1.conv", "conv 7×7 /2", json!({ "kernel": [7, 7], "stride": [2, 2] })),
            ("googlenet", "conv2.conv", "conv 1×1", json!({ "kernel": [1, 1] })),
            ("googlenet", "maxpool1", "max pool 3×3 /2", json!({ "kernel": [3, 3], "stride": [2, 2] })),
            ("googlenet", "aux1.adaptive_avg_pool2d", "average to 4×4", json!({ "out": [4, 4] })),
            ("googlenet:published", "norm1", "local response norm", json!({ "size": 5 })),
            ("inception_v3", "Conv2d_2a_3x3.conv", "conv 3×3 V", json!({ "kernel": [3, 3], "valid": true })),
            ("inception_resnet_v1", "repeat_1.0.sum", "sum ×0.17", json!({ "scale": 0.17_f32 })),
        ] {
            let op = of(network, node);
            assert_eq!(op.to_string(), label, "{network} {node}");
            let mut data = data;
            data["kind"] = op.kind.into();
            assert_eq!(to_value(op).unwrap(), data, "{network} {node}");
        }
    }
}
