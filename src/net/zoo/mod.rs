//! The networks, one file a paper.

mod googlenet;
mod inception_resnet;
mod inception_v3;
mod inception_v4;
mod resnet;
mod xception;

use super::{Dense, Graph, GraphError, Profile};

/// What a caller may choose about a network.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Another graph of the same paper; the plain network if none.
    pub variant: Option<String>,
    /// What the weights imply; the network's first profile if none.
    pub profile: Option<String>,
    /// Number of classes; the network's default if none.
    pub classes: Option<usize>,
    /// Dense layers between the network and its classifier, from the pool on.
    pub head: Vec<Dense>,
}

/// A listed network.
#[derive(Debug)]
pub struct Network {
    /// `googlenet`.
    pub id: &'static str,
    /// "GoogLeNet".
    pub title: &'static str,
    /// Authors, title, year, arXiv number.
    pub paper: &'static str,
    /// Rows and columns of the input.
    pub input_size: usize,
    /// Classes of the published weights.
    pub classes: usize,
    /// Other graphs of the same paper.
    pub variants: &'static [Variant],
    /// What published weights imply; the first is the default.
    pub profiles: &'static [Profile],
    build: fn(&Network, Option<&'static str>, Profile, usize) -> Result<Graph, GraphError>,
}

/// Another graph of a network's paper.
#[derive(Debug)]
pub struct Variant {
    /// `published`.
    pub id: &'static str,
    /// How it differs, in a few words.
    pub about: &'static str,
    /// Its default profile, by position in [`Network::profiles`].
    pub profile: usize,
}

impl Variant {
    const fn new(id: &'static str, about: &'static str) -> Self {
        Self { id, about, profile: 0 }
    }
}

/// All networks, in the order of their papers.
pub const NETWORKS: &[&Network] = &[
    &googlenet::NETWORK,
    &inception_v3::NETWORK,
    &inception_v4::NETWORK,
    &inception_resnet::V1,
    &inception_resnet::V2,
    &xception::NETWORK,
    &resnet::RESNET34,
    &resnet::RESNET50,
    &resnet::RESNET101,
    &resnet::RESNET152,
];

/// The network of that id; `id:variant` is taken apart by [`build`].
pub fn find(id: &str) -> Result<&'static Network, GraphError> {
    let name = id.split(':').next().unwrap_or(id);
    choose(NETWORKS, "network".to_owned(), name, |n| n.id).copied()
}

/// Builds a network by id (`googlenet` or `googlenet:published`) and options.
pub fn build(id: &str, options: &Options) -> Result<Graph, GraphError> {
    let network = find(id)?;
    let wanted = options.variant.as_deref().or_else(|| id.split_once(':').map(|(_, v)| v));
    let variant = match wanted {
        None | Some("") => None,
        Some(wanted) => {
            Some(choose(network.variants, format!("variant of {}", network.id), wanted, |v| v.id)?)
        }
    };
    let profile = match options.profile.as_deref() {
        None | Some("") => network.profiles[variant.map_or(0, |v| v.profile)],
        Some(wanted) => *choose(network.profiles, format!("profile of {}", network.id), wanted, |p| p.id)?,
    };
    let classes = options.classes.unwrap_or(network.classes);
    (network.build)(network, variant.map(|v| v.id), profile, classes)?.with_head(&options.head)
}

/// The entry of that name, or an error that lists them all.
fn choose<'a, T>(
    all: &'a [T],
    kind: String,
    wanted: &str,
    name: impl Fn(&T) -> &'static str,
) -> Result<&'a T, GraphError> {
    all.iter().find(|entry| name(entry) == wanted).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(name).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        GraphError::Unknown { kind, found: wanted.to_owned(), known }
    })
}
