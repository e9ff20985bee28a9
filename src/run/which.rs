//! Which network are a file's tensors for?

use super::{OpenError, Spec};
use crate::net::zoo::{self, Options};
use crate::net::{Graph, GraphError};
use crate::weights::{self, About, Head, TensorInfo, identify, nearest};

/// The graph that a file's tensors are for: what was asked for, else what the file says, else what
/// its tensors fit; with as many classes as the file has.
///
/// # Errors
/// [`OpenError::Unknown`] if the tensors fit no network, [`OpenError::Graph`].
pub fn graph_of(spec: &Spec, about: &About, tensors: &[TensorInfo], file: &str) -> Result<Graph, OpenError> {
    let mut spec = spec.clone();
    if spec.model.is_none() {
        // The file's own word, unless its tensors are another network's: another program may have written it.
        let own = about.model.clone();
        let fits = |own: &str| match &about.variant {
            Some(variant) => weights::fits(&format!("{own}:{variant}"), tensors),
            None => weights::fits(own, tensors),
        };
        let model = match own {
            Some(own) if tensors.is_empty() || fits(&own) => Some(own),
            own => identify(tensors).into_iter().next().or(own).or_else(|| nearest(tensors)),
        };
        spec.model = Some(model.ok_or_else(|| OpenError::Unknown { file: file.to_owned() })?);
    }
    let head = Head::of(&graph(&spec, about, Head::default())?, tensors);
    Ok(graph(&spec, about, head)?)
}

/// Given > the file's metadata > the catalogue > defaults.
pub(super) fn graph(spec: &Spec, about: &About, head: Head) -> Result<Graph, GraphError> {
    let model = spec.model.as_deref().or(about.model.as_deref()).unwrap_or(zoo::NETWORKS[0].id);
    // The file's variant and profile are those of its own network.
    let same = about.model.as_deref().is_none_or(|own| zoo::find(model).is_ok_and(|n| n.id == own));
    let of_file = |entry: &Option<String>| entry.clone().filter(|_| same);
    let variant = spec.variant.clone().or_else(|| match model.contains(':') {
        true => None,
        false => of_file(&about.variant),
    });
    // A profile that the network has not is another program's word.
    let known = |profile: &String| {
        let id = profile.split(',').next().unwrap_or_default();
        zoo::find(model).is_ok_and(|n| n.profiles.iter().any(|p| p.id == id))
    };
    let of_file_profile = of_file(&about.profile).filter(known);
    let profile = (spec.profile.clone()).or(of_file_profile).or_else(|| spec.listed_profile.clone());
    let size = spec.size.or(about.input_size.filter(|_| same));
    let named = about.classes.as_ref().map(Vec::len).filter(|_| same);
    let classes = head.classes.or(named);
    zoo::build(model, &Options { variant, profile, classes, size, head: head.layers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_given_or_the_files_or_the_catalogues_or_the_default() {
        let profile = |given: Option<&str>, file: Option<&str>, listed: Option<&str>| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let model = Some("inception_v3".to_owned());
            let spec = Spec {
                model: model.clone(),
                profile: own(given),
                listed_profile: own(listed),
                ..Spec::default()
            };
            graph(&spec, &About { model, profile: own(file), ..About::default() }, Head::default())
                .unwrap()
                .profile
                .id
        };
        assert_eq!(profile(Some("keras"), Some("gluon"), Some("timm")), "keras");
        assert_eq!(profile(None, Some("gluon"), Some("timm")), "gluon");
        assert_eq!(profile(None, None, Some("timm")), "timm");
        assert_eq!(profile(None, None, None), "torchvision");
    }
}
