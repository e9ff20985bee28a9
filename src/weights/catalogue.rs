//! The public weight files of every network: where they are, what they are, and how they are verified.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Whether a page of another origin may fetch a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Cors {
    /// Its host allows it.
    Yes,
    /// Its host does not: download it, then open it as a file.
    No,
    /// Not known; trying does no harm.
    Unknown,
}

/// How a download is known to be the file that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Contents {
    /// Its SHA-256 is listed.
    Sha256,
    /// The SHA-256 of each of its parts is listed.
    Parts,
    /// Its name ends in the first digits of its SHA-256.
    Name,
    /// It is part of an npm package whose SHA-512 `cargo xtask weights` knows.
    Package,
    /// Its publisher may change it, and nothing would tell.
    Unverified,
}

/// What of a file the tests have seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tested {
    /// The file itself: its answers are compared with another implementation's.
    File,
    /// The names and answers of the library that it is of, with other values.
    Library,
    /// The names in that library's source, and the answers of an implementation of our own from the same source.
    Description,
}

/// One weight file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its id: `inception_v3-tf`.
    pub id: String,
    /// The network.
    pub model: String,
    /// Another graph of the same paper: `published`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub variant: Option<String>,
    /// Its title, for display.
    pub title: String,
    /// Where the file is; relative to the site if it comes with it, `npm:` and a package if it is part of one.
    pub url: String,
    /// Of a folder of files, where the list of them is, from the site's root on; see [`super::parts`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub parts: Option<String>,
    /// A web page about it.
    pub page: Option<String>,
    /// Which commit of its repository the address names; none where addresses have no revisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub revision: Option<String>,
    /// Size. Exact for what comes with the site, rounded for others.
    pub bytes: u64,
    /// SHA-256 of the file, where it is known: of what comes with the site.
    pub sha256: Option<String>,
    /// Under which licence it may be used, as its publisher says.
    pub licence: String,
    /// Number of classes: 1000 are ImageNet's.
    pub classes: usize,
    /// Their names, where the file has none and they are not ImageNet's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub class_names: Option<Vec<String>>,
    /// What the weights imply; see [`crate::net::Profile`].
    pub profile: String,
    /// Share of right first answers in per cent, as published.
    pub top1: Option<f64>,
    /// Who published that number.
    pub top1_source: Option<String>,
    /// How a download is verified.
    pub contents: Contents,
    /// How reading it is tested.
    pub tested: Tested,
    /// Whether the page can fetch it.
    pub cors: Cors,
}

impl Source {
    /// The list of its parts, if it has any.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn parts_list(&self) -> Option<&'static str> {
        let list = self.parts.as_deref()?;
        PARTS.iter().find(|(path, _)| *path == list).map(|(_, list)| *list)
    }

    /// What to do when the file cannot be downloaded.
    pub fn alternatives(&self) -> String {
        let mut ways: Vec<String> = (sources().iter())
            .filter(|other| other.model == self.model && other.classes == self.classes)
            .filter(|other| other.id != self.id)
            .map(|other| format!("--weights {} ({})", other.id, other.url))
            .collect();
        if let Some(page) = &self.page {
            ways.insert(0, format!("download it by hand (see {page}) and give the file"));
        }
        format!("Instead: {}", ways.join("\n     or: "))
    }
}

/// All sources as they are kept: a list of [`Source`], in the order of [`sources`].
pub const JSON: &str = include_str!("catalogue.json");

/// The lists of parts. The browser fetches the same files.
#[cfg(not(target_arch = "wasm32"))]
const PARTS: [(&str, &str); 1] =
    [("catalogue/googlenet-bvlc.json", include_str!("../../www/catalogue/googlenet-bvlc.json"))];

/// All sources, by network in the order of the papers, the best to start with first.
pub fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
        // A test reads it: it cannot fail at run time.
        serde_json::from_str(JSON).unwrap_or_default()
    });
    &SOURCES
}

/// The source of that id.
pub fn find(id: &str) -> Option<&'static Source> {
    sources().iter().find(|source| source.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo::{self, NETWORKS, Options};
    use crate::weights::{file_name_digest, safetensors};
    use sha2::{Digest, Sha256};
    use std::collections::HashSet;

    #[test]
    fn every_source_fits_its_network() {
        let sources: Vec<Source> = serde_json::from_str(JSON).unwrap();
        assert_eq!(sources, super::sources());
        let ids: HashSet<&str> = sources.iter().map(|source| source.id.as_str()).collect();
        assert_eq!(ids.len(), sources.len(), "an id is there twice");
        for source in &sources {
            let options = Options {
                variant: source.variant.clone(),
                profile: Some(source.profile.clone()),
                ..Options::default()
            };
            assert_eq!(source.parts.is_some(), source.parts_list().is_some(), "{}", source.id);
            zoo::build(&source.model, &options).unwrap_or_else(|e| panic!("{}: {e}", source.id));
            assert!(source.id.starts_with(&source.model), "{}", source.id);
            let own = source.page.is_none();
            assert_eq!(source.url.contains(':'), !own, "{}", source.url);
            // An address on the hub names the commit that it means, or `main`.
            let revision = source.url.split_once("/resolve/").and_then(|(_, rest)| rest.split('/').next());
            assert_eq!(source.revision.as_deref(), revision, "{}", source.id);
            let names = source.class_names.as_ref().map_or(source.classes, Vec::len);
            assert_eq!(names, source.classes, "{}", source.id);
            assert_eq!(source.top1.is_some(), source.top1_source.is_some(), "{}", source.id);
            let package = source.url.starts_with("npm:");
            let contents = match (&source.sha256, &source.parts, file_name_digest(&source.url)) {
                (Some(_), ..) => Contents::Sha256,
                (_, Some(_), _) => Contents::Parts,
                (.., Some(_)) => Contents::Name,
                _ if package => Contents::Package,
                _ => Contents::Unverified,
            };
            assert_eq!(source.contents, contents, "{}", source.id);
            assert_eq!(find(&source.id), Some(source));
        }
        for network in NETWORKS {
            assert!(sources.iter().any(|source| source.model == network.id), "{} has no source", network.id);
        }
    }

    #[test]
    fn an_unreachable_source_names_the_others() {
        let text = find("resnet50-tv").unwrap().alternatives();
        assert!(text.starts_with("Instead: download it by hand (see https://huggingface.co/"), "{text}");
        assert!(text.contains("or: --weights resnet50-torchvision-v2 (https://"), "{text}");
        assert!(!text.contains("resnet101") && !text.contains("resnet50-tv "), "{text}");
    }

    #[test]
    fn what_comes_with_the_site_is_there() {
        let source = find("googlenet-flowers").unwrap();
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&source.url);
        let file = std::fs::read(path).unwrap();
        assert_eq!(file.len() as u64, source.bytes);
        assert_eq!(safetensors::hex(&Sha256::digest(&file)), source.sha256.as_deref().unwrap());
    }
}
