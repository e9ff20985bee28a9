//! What a weight file implies but does not contain.

mod fields;

pub use fields::ProfileError;
pub(crate) use fields::decimal;

use serde::Serialize;

/// How a photo is resampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// Triangle filter, widened when shrinking (PIL's `BILINEAR`, torchvision with antialias).
    Bilinear,
    /// Cubic filter with a = −0.5, widened when shrinking (PIL's `BICUBIC`).
    Bicubic,
    /// Between the nearest two pixels, also when shrinking; corners on corners (TF.js's
    /// `resizeBilinear` with `alignCorners`).
    Corners,
}

/// How a photo becomes a square of the network's input size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// Shorter side to this many pixels, then the centre square.
    ShorterSide(usize),
    /// Both sides to the input size, whatever the photo's proportions.
    Squash,
}

/// In which order a network reads red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red first.
    Rgb,
    /// Blue first, as Caffe and OpenCV have it.
    Bgr,
}

/// How the pixels of an RGB photo become an input: channel `c` is channel `source[c]` of the photo,
/// `(v / 255 − mean[c]) / std[c]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalize {
    /// A permutation of 0 (red), 1 (green) and 2 (blue).
    pub source: [usize; 3],
    /// Subtracted, of values 0 to 1.
    pub mean: [f64; 3],
    /// Divided by.
    pub std: [f64; 3],
}

/// A family of published weights and what it was made with: the numbers that no weight file holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Profile {
    /// `torchvision`, `timm`, `keras`, …: its id, without overridden fields.
    pub id: &'static str,
    /// Added to the variance in every batch norm.
    pub bn_eps: f64,
    /// Whether padded average pools count the padding as zeros.
    pub count_include_pad: bool,
    /// Whether padded max pools follow TensorFlow's SAME rule, which pads even sizes at the end only.
    pub same_pool: bool,
    /// Whether the network itself maps ImageNet-normalised pictures to x/127.5 − 1.
    pub transform_input: bool,
    /// In which order the network reads the colours.
    pub order: ChannelOrder,
    /// Subtracted from each channel, in `order`, of values 0 to 1.
    pub mean: [f64; 3],
    /// Then divided by, in `order`. 1/255 for a network that reads values 0 to 255.
    pub std: [f64; 3],
    /// How photos are cut to the input size.
    pub resize: Resize,
    /// Rows and columns of the input, if others than the network's own.
    pub crop: Option<usize>,
    /// How photos are resampled.
    pub filter: Filter,
}

const IMAGENET_MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f64; 3] = [0.229, 0.224, 0.225];

impl Profile {
    /// torchvision: ImageNet normalisation; shorter side `resize`, bilinear.
    pub const fn torchvision(bn_eps: f64, resize: usize) -> Self {
        Self {
            id: "torchvision",
            bn_eps,
            count_include_pad: true,
            same_pool: false,
            transform_input: false,
            order: ChannelOrder::Rgb,
            mean: IMAGENET_MEAN,
            std: IMAGENET_STD,
            resize: Resize::ShorterSide(resize),
            crop: None,
            filter: Filter::Bilinear,
        }
    }

    /// torchvision's newer weights (`IMAGENET1K_V2`): shorter side 232.
    pub const fn torchvision_v2(bn_eps: f64) -> Self {
        Self { id: "torchvision-v2", ..Self::torchvision(bn_eps, 232) }
    }

    /// torchvision's GoogLeNet or Inception-v3 trained from scratch: `transform_input` is on only
    /// where torchvision loads its own weights.
    pub const fn torchvision_own(bn_eps: f64, resize: usize) -> Self {
        Self { id: "torchvision-own", ..Self::torchvision(bn_eps, resize) }
    }

    /// The same with torchvision's `transform_input`, which its GoogLeNet and Inception-v3 apply.
    pub const fn with_transform_input(mut self) -> Self {
        self.transform_input = true;
        self
    }

    /// timm's Inceptions: x/127.5 − 1; shorter side `resize`, bicubic; padding left out of average pools.
    pub const fn timm(bn_eps: f64, resize: usize) -> Self {
        Self {
            id: "timm",
            count_include_pad: false,
            mean: [0.5; 3],
            std: [0.5; 3],
            filter: Filter::Bicubic,
            ..Self::torchvision(bn_eps, resize)
        }
    }

    /// timm's ResNets (`a1_in1k` and others): ImageNet normalisation, bicubic, the crop 0.95 of the shorter
    /// side.
    pub const fn timm_resnet() -> Self {
        Self { id: "timm", filter: Filter::Bicubic, ..Self::torchvision(1e-5, 235) }
    }

    /// Keras: x/127.5 − 1, SAME pools, padding left out of average pools, photo squashed.
    pub const fn keras() -> Self {
        Self {
            id: "keras",
            same_pool: true,
            resize: Resize::Squash,
            filter: Filter::Bilinear,
            ..Self::timm(1e-3, 0)
        }
    }

    /// The npm package nsfwjs: values 0 to 1, photo squashed as TF.js does it; else as Keras.
    pub const fn nsfwjs() -> Self {
        Self { id: "nsfwjs", mean: [0.0; 3], std: [1.0; 3], filter: Filter::Corners, ..Self::keras() }
    }

    /// facenet-pytorch: (v − 127.5)/128 on an aligned face, squashed to 160.
    pub const fn facenet() -> Self {
        Self {
            id: "facenet",
            same_pool: false,
            mean: [127.5 / 255.0; 3],
            std: [128.0 / 255.0; 3],
            ..Self::keras()
        }
    }

    /// gluon: ImageNet normalisation, shorter side `resize`, bicubic.
    pub const fn gluon(bn_eps: f64, resize: usize) -> Self {
        Self { id: "gluon", filter: Filter::Bicubic, ..Self::torchvision(bn_eps, resize) }
    }

    /// Caffe's GoogLeNet: blue first, values 0 to 255 minus 104, 117 and 123; shorter side 256, bilinear.
    pub const fn caffe() -> Self {
        Self {
            id: "caffe",
            order: ChannelOrder::Bgr,
            mean: [104.0 / 255.0, 117.0 / 255.0, 123.0 / 255.0],
            std: [1.0 / 255.0; 3],
            ..Self::torchvision(1e-3, 256)
        }
    }

    /// The BN-Inception of Caffe as Cadene's pretrained-models.pytorch has it: as `caffe`, but minus 128 of red.
    pub const fn cadene() -> Self {
        Self {
            id: "cadene",
            bn_eps: 1e-5,
            mean: [104.0 / 255.0, 117.0 / 255.0, 128.0 / 255.0],
            ..Self::caffe()
        }
    }

    /// Lucid's InceptionV1: values 0 to 255 minus 117; the whole shorter side.
    pub const fn lucid() -> Self {
        Self { id: "lucid", mean: [117.0 / 255.0; 3], std: [1.0 / 255.0; 3], ..Self::torchvision(1e-3, 224) }
    }

    /// The same with padding counted in average pools.
    pub const fn counting_padding(mut self) -> Self {
        self.count_include_pad = true;
        self
    }

    /// The same, resampled with `filter`.
    pub const fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The same for an input of `size` pixels instead of `own`: the crop keeps its share of the photo.
    pub const fn at_size(mut self, size: usize, own: usize) -> Self {
        if let Resize::ShorterSide(side) = self.resize {
            self.resize = Resize::ShorterSide((side * size + own / 2) / own);
        }
        self
    }

    /// How the pixels of an RGB photo become the input.
    pub const fn normalize(&self) -> Normalize {
        let source = match self.order {
            ChannelOrder::Rgb => [0, 1, 2],
            ChannelOrder::Bgr => [2, 1, 0],
        };
        Normalize { source, mean: self.mean, std: self.std }
    }
}
