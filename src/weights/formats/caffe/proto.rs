//! Caffe's messages as far as a trained network needs them; names and numbers are those of `caffe.proto`
//! (<https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto>).

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct NetParameter {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    /// Until 2014.
    #[prost(message, repeated, tag = "2")]
    pub(super) layers: Vec<V1LayerParameter>,
    #[prost(string, repeated, tag = "3")]
    pub(super) input: Vec<String>,
    #[prost(message, repeated, tag = "100")]
    pub(super) layer: Vec<LayerParameter>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct V1LayerParameter {
    #[prost(string, repeated, tag = "2")]
    pub(super) bottom: Vec<String>,
    #[prost(string, repeated, tag = "3")]
    pub(super) top: Vec<String>,
    #[prost(string, tag = "4")]
    pub(super) name: String,
    /// See [`v1_kind`].
    #[prost(int32, tag = "5")]
    pub(super) r#type: i32,
    #[prost(message, repeated, tag = "6")]
    pub(super) blobs: Vec<BlobProto>,
    #[prost(message, optional, tag = "10")]
    pub(super) convolution_param: Option<ConvolutionParameter>,
    #[prost(message, optional, tag = "19")]
    pub(super) pooling_param: Option<PoolingParameter>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct LayerParameter {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) r#type: String,
    #[prost(string, repeated, tag = "3")]
    pub(super) bottom: Vec<String>,
    #[prost(string, repeated, tag = "4")]
    pub(super) top: Vec<String>,
    #[prost(message, repeated, tag = "7")]
    pub(super) blobs: Vec<BlobProto>,
    #[prost(message, optional, tag = "106")]
    pub(super) convolution_param: Option<ConvolutionParameter>,
    #[prost(message, optional, tag = "121")]
    pub(super) pooling_param: Option<PoolingParameter>,
    #[prost(message, optional, tag = "139")]
    pub(super) batch_norm_param: Option<BatchNormParameter>,
}

impl From<V1LayerParameter> for LayerParameter {
    fn from(old: V1LayerParameter) -> Self {
        Self {
            name: old.name,
            r#type: v1_kind(old.r#type).to_owned(),
            bottom: old.bottom,
            top: old.top,
            blobs: old.blobs,
            convolution_param: old.convolution_param,
            pooling_param: old.pooling_param,
            batch_norm_param: None,
        }
    }
}

/// What `V1LayerParameter.LayerType` is called since; empty for what holds no parameters and changes no channels.
fn v1_kind(number: i32) -> &'static str {
    match number {
        3 => "Concat",
        4 => "Convolution",
        14 => "InnerProduct",
        15 => "LRN",
        17 => "Pooling",
        25 => "Eltwise",
        _ => "",
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct BlobProto {
    #[prost(int32, optional, tag = "1")]
    pub(super) num: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(super) channels: Option<i32>,
    #[prost(int32, optional, tag = "3")]
    pub(super) height: Option<i32>,
    #[prost(int32, optional, tag = "4")]
    pub(super) width: Option<i32>,
    #[prost(float, repeated, tag = "5")]
    pub(super) data: Vec<f32>,
    #[prost(message, optional, tag = "7")]
    pub(super) shape: Option<BlobShape>,
    #[prost(double, repeated, tag = "8")]
    pub(super) double_data: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct BlobShape {
    #[prost(int64, repeated, tag = "1")]
    pub(super) dim: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConvolutionParameter {
    #[prost(uint32, repeated, tag = "3")]
    pub(super) pad: Vec<u32>,
    #[prost(uint32, optional, tag = "5")]
    pub(super) group: Option<u32>,
    #[prost(uint32, repeated, tag = "6")]
    pub(super) stride: Vec<u32>,
    #[prost(uint32, optional, tag = "9")]
    pub(super) pad_h: Option<u32>,
    #[prost(uint32, optional, tag = "10")]
    pub(super) pad_w: Option<u32>,
    #[prost(uint32, optional, tag = "13")]
    pub(super) stride_h: Option<u32>,
    #[prost(uint32, optional, tag = "14")]
    pub(super) stride_w: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct PoolingParameter {
    /// 0: the largest, 1: the mean.
    #[prost(int32, tag = "1")]
    pub(super) pool: i32,
    #[prost(uint32, optional, tag = "2")]
    pub(super) kernel_size: Option<u32>,
    #[prost(uint32, optional, tag = "3")]
    pub(super) stride: Option<u32>,
    #[prost(bool, tag = "12")]
    pub(super) global_pooling: bool,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct BatchNormParameter {
    #[prost(float, optional, tag = "3")]
    pub(super) eps: Option<f32>,
}
