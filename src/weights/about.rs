use super::{Warning, WeightsError};
use crate::net::{Graph, Profile, zoo};
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
    /// Rows and columns of the input for which the network was trained.
    pub input_size: Option<usize>,
    /// Where the weights came from.
    pub provenance: Option<String>,
    /// Under which licence they may be used.
    pub licence: Option<String>,
}

impl About {
    /// Reads the entries that are known and make sense; others are left alone. Another program may mean
    /// something else by the same key: the second answer says what was passed over.
    pub fn from_metadata(metadata: &BTreeMap<String, String>) -> (Self, Vec<Warning>) {
        let mut warnings = Vec::new();
        let entry = |key: &str| metadata.get(key).filter(|value| !value.is_empty()).cloned();
        let mut about = Self {
            model: entry("model"),
            variant: entry("variant"),
            profile: entry("profile"),
            provenance: entry("provenance"),
            licence: entry("licence"),
            ..Self::default()
        };
        if let Some(text) = entry("classes") {
            match class_names(&text) {
                Ok(names) => about.classes = Some(names),
                Err(_) => warnings.push(foreign("classes", &text)),
            }
        }
        if let Some(text) = entry("input_size") {
            about.input_size = text.parse().ok().filter(|size| zoo::SIZES.contains(size));
            if about.input_size.is_none() {
                warnings.push(foreign("input_size", &text));
            }
        }
        let network = about.model.as_deref().map(zoo::find);
        if network.as_ref().is_some_and(Result::is_err) {
            warnings.extend(about.model.take().map(|model| foreign("model", &model)));
        }
        let (variants, profiles) = match network {
            // Without a network they are kept until it is known; see [`About::adapt`].
            None => return (about, warnings),
            Some(Ok(network)) => (network.variants, network.profiles),
            Some(Err(_)) => Default::default(),
        };
        let known = |variant: &str| variants.iter().any(|known| known.id == variant);
        if about.variant.as_deref().is_some_and(|variant| !known(variant)) {
            warnings.extend(about.variant.take().map(|variant| foreign("variant", &variant)));
        }
        let known = |profile: &str| has_profile(profiles, profile);
        if about.profile.as_deref().is_some_and(|profile| !known(profile)) {
            warnings.extend(about.profile.take().map(|profile| foreign("profile", &profile)));
        }
        (about, warnings)
    }

    /// Drops what does not apply to the network that the file turned out to hold, and says so.
    pub fn adapt(&mut self, graph: &Graph) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.model.as_deref().is_some_and(|model| model != graph.network) {
            warnings.extend(self.model.take().map(|model| foreign("model", &model)));
        }
        let network = zoo::find(graph.network);
        let known = |profile: &str| network.as_ref().is_ok_and(|n| has_profile(n.profiles, profile));
        if self.profile.as_deref().is_some_and(|profile| !known(profile)) {
            warnings.extend(self.profile.take().map(|profile| foreign("profile", &profile)));
        }
        if self.classes.as_ref().is_some_and(|names| names.len() != graph.classes()) {
            let names = self.classes.take().unwrap_or_default();
            warnings.push(foreign("classes", &format!("{} names", names.len())));
        }
        warnings
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
            ("input_size", self.input_size.map(|size| size.to_string())),
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

    /// The names of so many classes, in order.
    pub fn class_names(&self, count: usize) -> Vec<String> {
        (0..count).map(|class| self.class_name(class)).collect()
    }

    /// The class names, if there are as many as the network has classes.
    ///
    /// # Errors
    /// [`WeightsError::Metadata`] if their number is another.
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
    ///
    /// # Errors
    /// Those of [`class_names`], and if there are more or fewer names than classes.
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

/// Whether there is such a profile; fields of it may be overridden: `torchvision,resize=235`.
fn has_profile(profiles: &[Profile], spelled: &str) -> bool {
    profiles.iter().any(|profile| spelled.split(',').next() == Some(profile.id))
}

/// That an entry of another program is passed over.
fn foreign(key: &'static str, value: &str) -> Warning {
    Warning::Metadata { key, value: value.chars().take(60).collect() }
}

/// ImageNet's class names, one a line. The browser fetches the same file.
#[cfg(not(target_arch = "wasm32"))]
pub const IMAGENET: &str = include_str!("../../www/classes/imagenet.txt");

/// Class names from text: a JSON list, a JSON object from index to name, or one name a line.
///
/// # Errors
/// [`WeightsError::Metadata`] if the text is not a list of names.
pub fn class_names(text: &str) -> Result<Vec<String>, WeightsError> {
    let bad = |message: String| WeightsError::Metadata { key: "classes", message };
    let json = |error: serde_json::Error| bad(format!("is no JSON list of names ({error})"));
    match text.trim_start().chars().next() {
        Some('[') => serde_json::from_str(text).map_err(json),
        Some('{') => {
            let by_index: BTreeMap<String, String> = serde_json::from_str(text).map_err(json)?;
            if let Some(key) = by_index.keys().find(|key| key.parse::<usize>().is_err()) {
                return Err(bad(format!("has '{key}' where the number of a class should be")));
            }
            let name = |position: usize| {
                let name = by_index.get(&position.to_string()).cloned();
                name.ok_or_else(|| bad(format!("has no name for class {position}")))
            };
            (0..by_index.len()).map(name).collect()
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
        let about = About { input_size: Some(160), ..about };
        assert_eq!(About::from_metadata(&about.to_metadata()), (about.clone(), Vec::new()));
        assert_eq!(about.classes_for(2).unwrap().unwrap()[1], "b \"c\"");
        let error = about.classes_for(5).unwrap_err().to_string();
        assert_eq!(error, "the file's metadata: classes has 2 names, but the network has 5 classes");
    }

    #[test]
    fn what_other_programs_wrote_is_passed_over() {
        let read = |entries: &[(&str, &str)]| {
            let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            let (about, warnings) = About::from_metadata(&entries.iter().map(own).collect());
            let key = |warning: &Warning| if let Warning::Metadata { key, .. } = warning { *key } else { "" };
            let keys: Vec<_> = warnings.iter().map(key).collect();
            (about, keys)
        };
        let (about, keys) =
            read(&[("model", "{\"name\": \"vit\"}"), ("variant", "b16"), ("profile", "fast")]);
        assert_eq!((about, keys), (About::default(), vec!["model", "variant", "profile"]));
        let (about, keys) =
            read(&[("model", "resnet34"), ("profile", "keras"), ("classes", "{\"5\": \"x\"}")]);
        assert_eq!(
            (about.model.as_deref(), about.profile, keys),
            (Some("resnet34"), None, vec!["classes", "profile"])
        );
        let (about, keys) = read(&[("model", "resnet34"), ("profile", "torchvision,resize=235")]);
        assert_eq!((about.profile.as_deref(), keys), (Some("torchvision,resize=235"), vec![]));
        assert_eq!(read(&[("input_size", "(3, 224, 224)"), ("format", "pt")]).1, ["input_size"]);

        let graph = zoo::build("resnet34", &zoo::Options::default()).unwrap();
        let mut about = About {
            model: Some("resnet50".into()),
            profile: Some("gluon".into()),
            classes: Some(vec!["a".into()]),
            ..About::default()
        };
        assert_eq!(about.adapt(&graph).len(), 3);
        assert_eq!(about, About::default());
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
