use super::WeightsError;
use std::collections::BTreeMap;

/// What a file says about itself (safetensors' `__metadata__`, as `inceptionscope convert` writes it).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The network: `inception_v3`.
    pub model: Option<String>,
    /// Another graph of the same paper: `published`.
    pub variant: Option<String>,
    /// What the weights imply: `torchvision`, `timm`, `gluon`, `keras` or `facenet`.
    pub profile: Option<String>,
    /// Class names, in the order of the logits.
    pub classes: Option<Vec<String>>,
    /// Where the weights came from.
    pub provenance: Option<String>,
    /// Under which licence they may be used.
    pub licence: Option<String>,
}

impl About {
    /// Reads the entries that are known; others are left alone.
    pub fn from_metadata(metadata: &BTreeMap<String, String>) -> Result<Self, WeightsError> {
        let entry = |key| metadata.get(key).filter(|value| !value.is_empty()).cloned();
        let classes = entry("classes").map(|text| class_names(&text)).transpose()?;
        Ok(Self {
            model: entry("model"),
            variant: entry("variant"),
            profile: entry("profile"),
            classes,
            provenance: entry("provenance"),
            licence: entry("licence"),
        })
    }

    /// The entries to be written.
    pub fn to_metadata(&self) -> BTreeMap<String, String> {
        let classes =
            self.classes.as_ref().map(|names| serde_json::Value::from(names.as_slice()).to_string());
        [
            ("model", self.model.clone()),
            ("variant", self.variant.clone()),
            ("profile", self.profile.clone()),
            ("classes", classes),
            ("provenance", self.provenance.clone()),
            ("licence", self.licence.clone()),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
    }

    /// A class's name, `class 0` and so on where the file has none.
    pub fn class_name(&self, class: usize) -> String {
        match self.classes.as_ref().and_then(|names| names.get(class)) {
            Some(name) => name.clone(),
            None => format!("class {class}"),
        }
    }

    /// The class names, if there are as many as the network has classes.
    pub fn classes_for(&self, count: usize) -> Result<Option<&[String]>, WeightsError> {
        match self.classes.as_deref() {
            Some(names) if names.len() != count => Err(WeightsError::Metadata {
                key: "classes",
                message: format!("has {} names, but the network has {count} classes", names.len()),
            }),
            names => Ok(names),
        }
    }

    /// Whether these many classes, which the file does not name, are ImageNet's by default.
    pub fn wants_imagenet(&self, count: usize) -> bool {
        self.classes.is_none() && matches!(count, 1000 | 1001)
    }

    /// Takes names from text, as [`class_names`] reads it, for `count` classes. With one class more
    /// than names the first is TF-slim's background.
    pub fn name_classes(&mut self, text: &str, count: usize) -> Result<(), WeightsError> {
        let mut names = class_names(text)?;
        if count > 2 && names.len() + 1 == count {
            names.insert(0, "background".to_owned());
        }
        if names.len() != count {
            return Err(WeightsError::ClassNames { found: names.len(), expected: count });
        }
        self.classes = Some(names);
        Ok(())
    }
}

/// ImageNet's class names, one a line. The browser fetches the same file.
#[cfg(not(target_arch = "wasm32"))]
pub const IMAGENET: &str = include_str!("../../www/classes/imagenet.txt");

/// Class names from text: a JSON list, a JSON object from index to name, or one name a line.
pub fn class_names(text: &str) -> Result<Vec<String>, WeightsError> {
    let bad = |message: String| WeightsError::Metadata { key: "classes", message };
    let json = |error: serde_json::Error| bad(format!("is no JSON list of names ({error})"));
    match text.trim_start().chars().next() {
        Some('[') => serde_json::from_str(text).map_err(json),
        Some('{') => {
            let by_index: BTreeMap<usize, String> = serde_json::from_str(text).map_err(json)?;
            match by_index.keys().enumerate().find(|(position, index)| position != *index) {
                Some((position, _)) => Err(bad(format!("has no name for class {position}"))),
                None => Ok(by_index.into_values().collect()),
            }
        }
        _ => Ok(text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_round_trips() {
        let about = About {
            model: Some("googlenet".into()),
            profile: Some("timm".into()),
            classes: Some(vec!["a".into(), "b \"c\"".into()]),
            ..About::default()
        };
        assert_eq!(About::from_metadata(&about.to_metadata()).unwrap(), about);
        assert_eq!(about.classes_for(2).unwrap().unwrap()[1], "b \"c\"");
        let error = about.classes_for(5).unwrap_err().to_string();
        assert_eq!(error, "the file's metadata: classes has 2 names, but the network has 5 classes");
    }

    #[test]
    fn classes_are_named_by_text() {
        let mut about = About::default();
        assert!(about.wants_imagenet(1000) && about.wants_imagenet(1001) && !about.wants_imagenet(8631));
        about.name_classes(IMAGENET, 1000).unwrap();
        assert_eq!(about.classes.as_ref().unwrap()[285], "Egyptian cat");
        about.name_classes(IMAGENET, 1001).unwrap();
        let names = about.classes.as_ref().unwrap();
        assert_eq!((names.len(), &*names[0], &*names[286]), (1001, "background", "Egyptian cat"));
        assert!(!about.wants_imagenet(1000), "they have names");
        let error = about.name_classes("a", 5).unwrap_err().to_string();
        assert!(error.starts_with("there is 1 class name, but"), "{error}");
        let error = about.name_classes("a\nb", 5).unwrap_err().to_string();
        assert_eq!(
            error,
            "there are 2 class names, but the network has 5 classes: one a line, or a JSON list"
        );
    }

    #[test]
    fn class_names_in_three_forms() {
        for text in ["[\"a\", \"b c\"]", "{\"1\": \"b c\", \"0\": \"a\"}", "a\n\n b c \r\n"] {
            assert_eq!(class_names(text).unwrap(), ["a", "b c"], "{text}");
        }
        assert!(class_names("{\"0\": \"a\", \"2\": \"c\"}").unwrap_err().to_string().contains("class 1"));
        assert!(class_names("[1, 2]").is_err());
    }
}
