//! Profiles in text form: an id, then the fields that differ, as in
//! `torchvision,transform_input=false,resize=235,crop=224,filter=bicubic`.

use super::{ChannelOrder, Filter, Profile, Resize};
use crate::error::{Coded, Facts};

/// Why a profile's fields cannot be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProfileError {
    /// A field that no profile has.
    #[error("a profile has no field '{found}'; its fields are {}", known.join(", "))]
    Field {
        /// What was given.
        found: String,
        /// What exists.
        known: Vec<String>,
    },
    /// A field's value that makes no sense.
    #[error("profile: {field} must be {expected}, not '{found}'")]
    Value {
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What was given.
        found: String,
    },
}

impl Coded for ProfileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Field { .. } => "profile.field",
            Self::Value { .. } => "profile.value",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Field { found, known } => vec![("found", found.into()), ("known", known.as_slice().into())],
            Self::Value { field, expected, found } => {
                vec![("field", (*field).into()), ("expected", (*expected).into()), ("found", found.into())]
            }
        }
    }
}

/// A field by its name: what it takes, its value in words, and how it is set from such words.
struct Field {
    name: &'static str,
    expected: &'static str,
    get: fn(&Profile) -> String,
    set: fn(&mut Profile, &str) -> Option<()>,
}

const SWITCH: &str = "true or false";
const NUMBERS: &str = "a number of values 0 to 1, or three with colons between, such as 0.485:0.456:0.406";

const FIELDS: [Field; 10] = [
    Field {
        name: "bn_eps",
        expected: "a positive number",
        get: |p| p.bn_eps.to_string(),
        set: |p, text| positive(text).map(|eps| p.bn_eps = eps),
    },
    Field {
        name: "count_include_pad",
        expected: SWITCH,
        get: |p| p.count_include_pad.to_string(),
        set: |p, text| text.parse().ok().map(|on| p.count_include_pad = on),
    },
    Field {
        name: "same_pool",
        expected: SWITCH,
        get: |p| p.same_pool.to_string(),
        set: |p, text| text.parse().ok().map(|on| p.same_pool = on),
    },
    Field {
        name: "transform_input",
        expected: SWITCH,
        get: |p| p.transform_input.to_string(),
        set: |p, text| text.parse().ok().map(|on| p.transform_input = on),
    },
    Field {
        name: "order",
        expected: "rgb or bgr",
        get: |p| choice(&ORDERS, p.order).to_owned(),
        set: |p, text| chosen(&ORDERS, text).map(|order| p.order = order),
    },
    Field {
        name: "mean",
        expected: NUMBERS,
        get: |p| three(p.mean),
        set: |p, text| numbers(text).map(|mean| p.mean = mean),
    },
    Field {
        name: "std",
        expected: NUMBERS,
        get: |p| three(p.std),
        set: |p, text| numbers(text).filter(|std| std.iter().all(|s| *s > 0.0)).map(|std| p.std = std),
    },
    Field {
        name: "resize",
        expected: "the shorter side in pixels, or squash",
        get: |p| match p.resize {
            Resize::ShorterSide(side) => side.to_string(),
            Resize::Squash => "squash".to_owned(),
        },
        set: |p, text| {
            p.resize = if text == "squash" { Resize::Squash } else { Resize::ShorterSide(pixels(text)?) };
            Some(())
        },
    },
    Field {
        name: "crop",
        expected: "the input size in pixels",
        get: |p| p.crop.map_or_else(String::new, |crop| crop.to_string()),
        set: |p, text| pixels(text).map(|crop| p.crop = Some(crop)),
    },
    Field {
        name: "filter",
        expected: "bilinear, bicubic or corners",
        get: |p| choice(&FILTERS, p.filter).to_owned(),
        set: |p, text| chosen(&FILTERS, text).map(|filter| p.filter = filter),
    },
];

const ORDERS: [(&str, ChannelOrder); 2] = [("rgb", ChannelOrder::Rgb), ("bgr", ChannelOrder::Bgr)];
const FILTERS: [(&str, Filter); 3] =
    [("bilinear", Filter::Bilinear), ("bicubic", Filter::Bicubic), ("corners", Filter::Corners)];

impl Profile {
    /// The profile with fields overridden, as in `transform_input=false,filter=bicubic`.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] for a field that does not exist or a value that it does not take.
    pub fn with_fields(mut self, fields: &str) -> Result<Self, ProfileError> {
        for part in fields.split(',').filter(|part| !part.trim().is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
                let known = FIELDS.map(|field| field.name.to_owned()).to_vec();
                return Err(ProfileError::Field { found: name.to_owned(), known });
            };
            (field.set)(&mut self, value).ok_or_else(|| ProfileError::Value {
                field: field.name,
                expected: field.expected,
                found: value.to_owned(),
            })?;
        }
        Ok(self)
    }

    /// The text form of this profile, given the one that it was made from: its id, and the fields that
    /// differ. [`Profile::with_fields`] reads it.
    pub fn spelled(&self, from: &Self) -> String {
        let differing = FIELDS.iter().filter(|field| (field.get)(self) != (field.get)(from));
        let fields = differing.map(|field| format!("{}={}", field.name, (field.get)(self)));
        std::iter::once(self.id.to_owned()).chain(fields).collect::<Vec<_>>().join(",")
    }
}

fn choice<T: PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

fn chosen<T: Copy>(names: &[(&'static str, T)], text: &str) -> Option<T> {
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value)
}

/// A number as JSON has it.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    // Whether it is one; serde_json may miss the last bit of it.
    serde_json::from_str::<f64>(text).ok()?;
    exact(text.trim())
}

#[cfg(not(target_arch = "wasm32"))]
fn exact(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// The browser's reader: that of the standard library has tables that are 10 KB of a module.
#[cfg(target_arch = "wasm32")]
fn exact(text: &str) -> Option<f64> {
    Some(js_sys::parse_float(text))
}

fn positive(text: &str) -> Option<f64> {
    decimal(text).filter(|n| *n > 0.0)
}

/// The most that an input or a resized photo may have: no network here is run at a larger one.
const MOST_PIXELS: usize = 4096;

fn pixels(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n| (1..=MOST_PIXELS).contains(n))
}

fn numbers(text: &str) -> Option<[f64; 3]> {
    let numbers: Vec<f64> = text.split(':').map(decimal).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [all] => Some([*all; 3]),
        [a, b, c] => Some([*a, *b, *c]),
        _ => None,
    }
}

fn three(values: [f64; 3]) -> String {
    values.map(|v| v.to_string()).join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Profile = Profile::torchvision(1e-3, 256).with_transform_input();

    #[test]
    fn fields_are_overridden_one_by_one() {
        let text =
            "transform_input=false, resize=235,crop=192,filter=bicubic,order=bgr,mean=0.1:0.2:0.3,std=0.5";
        let profile = OWN.with_fields(text).unwrap();
        let expected = Profile {
            transform_input: false,
            resize: Resize::ShorterSide(235),
            crop: Some(192),
            filter: Filter::Bicubic,
            order: ChannelOrder::Bgr,
            mean: [0.1, 0.2, 0.3],
            std: [0.5; 3],
            ..OWN
        };
        assert_eq!(profile, expected);
        assert_eq!(profile.normalize().source, [2, 1, 0]);
        assert_eq!(OWN.with_fields("").unwrap(), OWN);
    }

    #[test]
    fn a_profile_is_spelled_as_it_is_read() {
        assert_eq!(OWN.spelled(&OWN), "torchvision");
        let text =
            "bn_eps=0.00001,count_include_pad=false,same_pool=true,mean=0.5:0.25:0.5,resize=squash,crop=96";
        let profile = OWN.with_fields(text).unwrap();
        assert_eq!(profile.spelled(&OWN), format!("torchvision,{text}"));
        // Numbers survive to the bit.
        let caffe = Profile { id: OWN.id, ..Profile::caffe() };
        let spelled = caffe.spelled(&OWN);
        assert_eq!(OWN.with_fields(spelled.split_once(',').unwrap().1).unwrap(), caffe);
    }

    #[test]
    fn errors_name_the_field() {
        for (text, code, message) in [
            ("colour=bgr", "profile.field", "a profile has no field 'colour'; its fields are bn_eps, "),
            ("filter=nearest", "profile.value", "filter must be bilinear, bicubic or corners, not 'nearest'"),
            ("std=0", "profile.value", "std must be"),
            ("mean=1:2", "profile.value", "mean must be"),
            ("bn_eps=nan", "profile.value", "bn_eps must be a positive number, not 'nan'"),
            ("crop=0", "profile.value", "crop must be the input size in pixels, not '0'"),
            ("resize", "profile.value", "resize must be the shorter side in pixels, or squash, not ''"),
        ] {
            let error = OWN.with_fields(text).unwrap_err();
            assert_eq!(error.code(), code, "{text}");
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
