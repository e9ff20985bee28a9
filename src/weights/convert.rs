//! Any weight file to one safetensors file that streams well: our names, execution order, 1, 2 or 4
//! bytes a value, and metadata that other files lack.

#[cfg(feature = "formats")]
use super::File;
use super::numbers::NOT_FINITE;
use super::safetensors::{self, Storage};
use super::{About, Loader, Place, Tensor, TensorInfo, WeightsError};
use crate::net::{Graph, zoo};
use std::collections::BTreeMap;
use std::io::Write;

/// The tensors that `graph` needs of a file, in execution order, and how they were matched.
///
/// # Errors
/// [`WeightsError::Mismatch`] if the tensors do not fit the graph.
pub fn place(
    graph: &Graph,
    tensors: Vec<(String, Tensor)>,
) -> Result<(Loader, BTreeMap<Place, Tensor>), WeightsError> {
    let infos: Vec<TensorInfo> = (tensors.iter())
        .map(|(name, tensor)| TensorInfo { name: name.clone(), shape: tensor.shape.clone() })
        .collect();
    let loader = Loader::new(graph, &infos)?;
    let mut placed: BTreeMap<_, _> = loader.defaults.iter().cloned().collect();
    let shape = |Place { node, suffix }: Place| {
        graph.node(node).op.params().into_iter().find(|param| param.suffix == suffix).map(|param| param.shape)
    };
    placed.extend(tensors.into_iter().filter_map(|(name, tensor)| {
        let place = loader.place(&name)?;
        // A vector may have come as a matrix of one row.
        Some((place, Tensor { shape: shape(place)?, ..tensor }))
    }));
    Ok((loader, placed))
}

/// Writes the tensors that `graph` needs, in execution order, and returns how they were matched:
/// what was passed over, which auxiliary heads are not there.
///
/// `about` tells classes, provenance and licence; network, variant and profile are the graph's.
///
/// # Errors
///
/// The tensors do not fit `graph`, or one has a value that is NaN, infinite or beyond what `storage` holds.
pub fn convert(
    graph: &Graph,
    tensors: Vec<(String, Tensor)>,
    about: About,
    storage: Storage,
    out: &mut impl Write,
) -> Result<Loader, WeightsError> {
    let (loader, placed) = place(graph, tensors)?;
    let about = About {
        model: Some(graph.network.to_owned()),
        variant: graph.variant.map(str::to_owned),
        profile: Some(zoo::spelled_profile(graph)),
        ..about
    };
    about.classes_for(graph.classes())?;

    let name = |place: Place| format!("{}.{}", graph.node(place.node).id, place.suffix);
    let ordered: Vec<(String, Tensor)> = placed.into_iter().map(|(at, tensor)| (name(at), tensor)).collect();
    for (name, tensor) in &ordered {
        tensor.check(name, f32::is_finite, NOT_FINITE)?;
    }
    safetensors::write(out, &ordered, storage, &about.to_metadata())?;
    Ok(loader)
}

/// A file's tensors as the bytes of one safetensors file, for what reads those alone.
///
/// # Errors
/// [`WeightsError`] if a value cannot be stored.
#[cfg(feature = "formats")]
pub fn gather(file: File) -> Result<Vec<u8>, WeightsError> {
    let mut out = Vec::new();
    safetensors::write(&mut out, &file.tensors, Storage::F32, &file.about.to_metadata())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo::Options;
    use crate::weights::recipe;

    #[test]
    fn files_come_out_in_execution_order_with_metadata() {
        let options = Options { classes: Some(5), profile: Some("timm".into()), ..Options::default() };
        let graph = zoo::build("googlenet", &options).unwrap();
        let mut tensors: Vec<(String, Tensor)> = (graph.nodes.iter())
            .flat_map(|node| node.op.params().into_iter().map(move |p| (node, p)))
            .filter(|(node, _)| !node.id.starts_with("aux2"))
            .map(|(node, p)| {
                let name = format!("{}.{}", node.id, p.suffix);
                let data = recipe::tensor("googlenet", &name, &p.shape, name.contains(".bn."), 1);
                (format!("module.{name}"), Tensor { shape: p.shape, data })
            })
            .collect();
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        tensors.push(("epoch".into(), Tensor { shape: vec![], data: vec![3.0] }));

        let about = About { classes: Some(vec!["x".into(); 5]), ..About::default() };
        let mut file = Vec::new();
        let loader = convert(&graph, tensors.clone(), about.clone(), Storage::F16, &mut file).unwrap();
        let mut again = Vec::new();
        convert(&graph, tensors, about, Storage::F16, &mut again).unwrap();
        assert!(file == again, "two conversions differ");
        assert_eq!(loader.extra, ["epoch"]);
        assert_eq!(loader.unavailable.len(), 1);

        let (header, read) = safetensors::read(&file).unwrap();
        assert_eq!(read[0].0, "conv1.conv.weight");
        assert_eq!(read[1].0, "conv1.bn.bias");
        assert_eq!(read.last().unwrap().0, "aux1.fc2.weight");
        let about = About::from_metadata(&header.metadata).0;
        assert_eq!(about.model.as_deref(), Some("googlenet"));
        assert_eq!(about.profile.as_deref(), Some("timm"));
        assert_eq!(about.classes_for(5).unwrap().unwrap().len(), 5);

        let wrong = About { classes: Some(vec!["x".into(); 4]), ..About::default() };
        assert!(convert(&graph, read, wrong, Storage::F32, &mut Vec::new()).is_err());
    }
}
