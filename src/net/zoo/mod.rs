//! The networks, one file a paper.

mod bn_inception;
mod googlenet;
mod inception5h;
mod inception_resnet;
mod inception_v3;
mod inception_v4;
mod resnet;
mod xception;

use super::{Builder, Dense, Graph, GraphError, NodeId, Profile, ProfileError, Resize};

/// What a caller may choose about a network.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Another graph of the same paper; the plain network if none.
    pub variant: Option<String>,
    /// What the weights imply: a profile's id, then fields that differ, as in `timm,resize=256`. The first
    /// profile of the network or the variant's own if none.
    pub profile: Option<String>,
    /// Number of classes; the network's default if none.
    pub classes: Option<usize>,
    /// Rows and columns of the input; the network's own size if none.
    pub size: Option<usize>,
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
    build: fn(&Choice) -> Result<Graph, GraphError>,
}

/// Another graph of a network's paper.
#[derive(Debug)]
pub struct Variant {
    /// `published`.
    pub id: &'static str,
    /// How it differs, in a few words.
    pub about: &'static str,
    /// Its default profile, by id; the network's first if none.
    pub profile: Option<&'static str>,
    /// Rows and columns of its input, if others than the network's.
    pub input_size: Option<usize>,
    /// Classes of its published weights, if others than the network's.
    pub classes: Option<usize>,
}

impl Variant {
    const fn new(id: &'static str, about: &'static str) -> Self {
        Self { id, about, profile: None, input_size: None, classes: None }
    }

    /// The same with a profile of its own.
    const fn profile(mut self, id: &'static str) -> Self {
        self.profile = Some(id);
        self
    }
}

/// What a network is built with: [`Options`], resolved.
struct Choice {
    network: &'static Network,
    variant: Option<&'static str>,
    profile: Profile,
    classes: usize,
    /// Rows and columns of the input, and those that the weights were made for.
    size: usize,
    own_size: usize,
}

impl Choice {
    /// A builder, and the node that the first layer reads.
    fn start(&self) -> (Builder, NodeId) {
        let (mut builder, input) = Builder::new(self.network.id, self.variant, self.profile, self.size);
        builder.own_size(self.own_size);
        (builder, input)
    }

    fn is(&self, variant: &str) -> bool {
        self.variant == Some(variant)
    }
}

/// All networks, in the order of their papers.
pub const NETWORKS: &[&Network] = &[
    &googlenet::NETWORK,
    &bn_inception::NETWORK,
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
///
/// # Errors
///
/// [`GraphError::Unknown`] if there is no such network.
pub fn find(id: &str) -> Result<&'static Network, GraphError> {
    let name = id.split(':').next().unwrap_or(id);
    choose(NETWORKS, "network".to_owned(), name, |n| n.id).copied()
}

/// The smallest and largest input that a network is built for.
pub const SIZES: std::ops::RangeInclusive<usize> = 75..=2048;

/// Builds a network by id (`googlenet` or `googlenet:published`) and options.
///
/// # Errors
///
/// [`GraphError::Unknown`] for a network, variant or profile that does not exist, [`GraphError::Profile`]
/// for a profile's field, [`GraphError::Size`] and [`GraphError::FixedSize`] for an input size at which the
/// network cannot run.
pub fn build(id: &str, options: &Options) -> Result<Graph, GraphError> {
    let network = find(id)?;
    let wanted = options.variant.as_deref().or_else(|| id.split_once(':').map(|(_, v)| v));
    let variant = match wanted {
        None | Some("") => None,
        Some(wanted) => {
            Some(choose(network.variants, format!("variant of {}", network.id), wanted, |v| v.id)?)
        }
    };
    let own_size = variant.and_then(|v| v.input_size).unwrap_or(network.input_size);
    let (profile, size) = profile(network, variant, options, own_size)?;
    let classes = options.classes.or(variant.and_then(|v| v.classes)).unwrap_or(network.classes);
    let variant = variant.map(|v| v.id);
    (network.build)(&Choice { network, variant, profile, classes, size, own_size })?.with_head(&options.head)
}

/// The same network for inputs of another size.
///
/// # Errors
///
/// [`GraphError::Size`], [`GraphError::FixedSize`] and [`GraphError::Unfit`] for a size at which it does not run.
pub fn resized(graph: &Graph, size: usize) -> Result<Graph, GraphError> {
    let network = find(graph.network)?;
    let variant = network.variants.iter().find(|v| Some(v.id) == graph.variant);
    let own_size = variant.and_then(|v| v.input_size).unwrap_or(network.input_size);
    check_size(size)?;
    let profile = Profile { crop: Some(size).filter(|size| *size != own_size), ..graph.profile };
    let (variant, classes) = (graph.variant, graph.classes());
    let choice = Choice { network, variant, profile, classes, size, own_size };
    (network.build)(&choice)?.with_head(&graph.head())
}

fn check_size(size: usize) -> Result<(), GraphError> {
    match SIZES.contains(&size) {
        true => Ok(()),
        false => Err(GraphError::Size { least: *SIZES.start(), most: *SIZES.end(), found: size }),
    }
}

/// The profile that is asked for (an id, the default's if none, then fields), and the input's size.
fn profile(
    network: &Network,
    variant: Option<&Variant>,
    options: &Options,
    own_size: usize,
) -> Result<(Profile, usize), GraphError> {
    let spelled = options.profile.as_deref().unwrap_or_default();
    let (id, fields) = match spelled.split_once(',') {
        _ if spelled.split(',').next().is_some_and(|first| first.contains('=')) => ("", spelled),
        Some((id, fields)) => (id, fields),
        None => (spelled, ""),
    };
    let default = variant.and_then(|v| v.profile).unwrap_or(network.profiles[0].id);
    let id = if id.is_empty() { default } else { id };
    let listed = choose(network.profiles, format!("profile of {}", network.id), id, |p| p.id)?;
    let size = options.size.or(listed.with_fields(fields)?.crop).unwrap_or(own_size);
    check_size(size)?;
    let mut profile = listed.at_size(size, own_size).with_fields(fields)?;
    profile.crop = Some(size).filter(|size| *size != own_size);
    match profile.resize {
        Resize::ShorterSide(side) if side < size => Err(ProfileError::Value {
            field: "resize",
            expected: "no less than the input size",
            found: side.to_string(),
        })?,
        _ => Ok((profile, size)),
    }
}

/// How a graph's profile is written in [`Options::profile`]: its id, and the fields that differ from it.
pub fn spelled_profile(graph: &Graph) -> String {
    let listed = find(graph.network).ok().and_then(|n| n.profiles.iter().find(|p| p.id == graph.profile.id));
    graph.profile.spelled(listed.unwrap_or(&graph.profile))
}

/// The entry of that name, or an error that lists them all.
fn choose<'a, T>(
    all: &'a [T],
    kind: String,
    wanted: &str,
    name: impl Fn(&T) -> &'static str,
) -> Result<&'a T, GraphError> {
    all.iter().find(|entry| name(entry) == wanted).ok_or_else(|| {
        let known = all.iter().map(|entry| name(entry).to_owned()).collect();
        GraphError::Unknown { kind, found: wanted.to_owned(), known }
    })
}
