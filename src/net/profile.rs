//! What a weight file implies but does not contain.

use serde::Serialize;

/// How a photo is resampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// Shorter side to this many pixels, then the centre square.
    ShorterSide(usize),
    /// Both sides to the input size, whatever the photo's proportions.
    Squash,
}

/// A family of published weights and what it was made with: the numbers that no weight file holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// `torchvision`, `torchvision-v2`, `timm`, `gluon`, `keras`, `nsfwjs` or `facenet`.
    pub id: &'static str,
    /// Added to the variance in every batch norm.
    pub bn_eps: f64,
    /// Whether padded average pools count the padding as zeros.
    pub count_include_pad: bool,
    /// Whether padded max pools follow TensorFlow's SAME rule, which pads even sizes at the end only.
    pub same_pool: bool,
    /// Whether the network itself maps ImageNet-normalised pictures to x/127.5 − 1.
    pub transform_input: bool,
    /// Subtracted from each channel, of values 0 to 1.
    pub mean: [f64; 3],
    /// Then divided by.
    pub std: [f64; 3],
    /// How photos are cut to the input size.
    pub resize: Resize,
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
            mean: IMAGENET_MEAN,
            std: IMAGENET_STD,
            resize: Resize::ShorterSide(resize),
            filter: Filter::Bilinear,
        }
    }

    /// torchvision's newer weights (`IMAGENET1K_V2`): shorter side 232.
    pub const fn torchvision_v2(bn_eps: f64) -> Self {
        Self { id: "torchvision-v2", ..Self::torchvision(bn_eps, 232) }
    }

    /// The same with torchvision's `transform_input`, which its GoogLeNet and Inception-v3 apply.
    pub const fn with_transform_input(mut self) -> Self {
        self.transform_input = true;
        self
    }

    /// timm: x/127.5 − 1; shorter side `resize`, bicubic; padding left out of average pools.
    pub const fn timm(bn_eps: f64, resize: usize) -> Self {
        Self {
            id: "timm",
            bn_eps,
            count_include_pad: false,
            same_pool: false,
            transform_input: false,
            mean: [0.5; 3],
            std: [0.5; 3],
            resize: Resize::ShorterSide(resize),
            filter: Filter::Bicubic,
        }
    }

    /// Keras: x/127.5 − 1, SAME pools, padding left out of average pools, photo squashed.
    pub const fn keras() -> Self {
        Self {
            id: "keras",
            bn_eps: 1e-3,
            count_include_pad: false,
            same_pool: true,
            transform_input: false,
            mean: [0.5; 3],
            std: [0.5; 3],
            resize: Resize::Squash,
            filter: Filter::Bilinear,
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
            bn_eps: 1e-3,
            count_include_pad: false,
            same_pool: false,
            transform_input: false,
            mean: [127.5 / 255.0; 3],
            std: [128.0 / 255.0; 3],
            resize: Resize::Squash,
            filter: Filter::Bilinear,
        }
    }

    /// gluon: ImageNet normalisation, shorter side `resize`, bicubic.
    pub const fn gluon(bn_eps: f64, resize: usize) -> Self {
        Self { id: "gluon", filter: Filter::Bicubic, ..Self::torchvision(bn_eps, resize) }
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
}
