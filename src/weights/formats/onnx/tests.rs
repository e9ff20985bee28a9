use super::*;
use crate::export::onnx::export;
use crate::net::ModuleKind;
use crate::net::zoo::{self, Options};
use crate::params::Place;
use crate::weights::recipe;
use proto::{StringStringEntryProto, ValueInfoProto};

/// A model of one convolution, and what is said of it.
fn refusal(tensor: TensorProto, nodes: &[(&str, &[&str], &str)]) -> WeightsError {
    let node = |(op, inputs, output): &(&str, &[&str], &str)| NodeProto {
        op_type: (*op).to_owned(),
        input: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output: vec![(*output).to_owned()],
        ..NodeProto::default()
    };
    let graph = GraphProto {
        node: nodes.iter().map(node).collect(),
        initializer: vec![tensor],
        input: vec![ValueInfoProto { name: "x".to_owned(), ..Default::default() }],
        ..GraphProto::default()
    };
    read(&ModelProto { graph: Some(graph), ..ModelProto::default() }.encode_to_vec()).unwrap_err()
}

#[test]
fn values_in_another_file_are_told_with_its_name() {
    let location = StringStringEntryProto { key: "location".into(), value: "model.onnx.data".into() };
    let tensor = TensorProto {
        name: "w".to_owned(),
        dims: vec![1, 3, 1, 1],
        data_type: FLOAT,
        data_location: 1,
        external_data: vec![location],
        ..TensorProto::default()
    };
    let error = refusal(tensor, &[("Conv", &["x", "w"], "y")]);
    let text = error.to_string();
    assert!(text.starts_with("tensor w: its values are in model.onnx.data, not in the model"), "{text}");
    assert!(text.contains("external_data=False"), "{text}");
}

#[test]
fn quantised_models_are_told_from_others() {
    // As onnxruntime writes them: whole layers in integers, or weights that are restored where they are read.
    let tensor = || TensorProto { name: "w".to_owned(), data_type: 3, ..TensorProto::default() };
    let layers: [&[(&str, &[&str], &str)]; 4] = [
        &[("QuantizeLinear", &["x", "s"], "q"), ("QLinearConv", &["q", "s", "z", "w"], "y")],
        &[("DynamicQuantizeLinear", &["x"], "q"), ("ConvInteger", &["q", "w"], "y")],
        &[("DequantizeLinear", &["w", "s", "z"], "f"), ("Conv", &["x", "f"], "y")],
        &[("MatMulInteger", &["x", "w"], "y")],
    ];
    for nodes in layers {
        let text = refusal(tensor(), nodes).to_string();
        assert!(text.starts_with("this is a quantised ONNX model, which is not supported"), "{text}");
        assert!(text.ends_with("export the network from before quantisation, in floats"), "{text}");
    }
}

/// As Caffe2 exported GoogLeNet for the ONNX model zoo: initialisers are listed as inputs, too, tensors have numbers and
/// nodes no names, windows that round up have pads instead, dropout has a second output.
#[test]
fn the_zoos_googlenet_is_read() {
    let options = Options { variant: Some("published".to_owned()), ..Options::default() };
    let network = zoo::build("googlenet", &options).unwrap();
    let serves = |node| network.modules[network.node(node).module].kind != ModuleKind::Auxiliary;
    let weights: BTreeMap<Place, Tensor> = (network.ids().filter(|node| serves(*node)))
        .flat_map(|node| {
            let tensors = recipe::tensors(&network, node, 1).into_iter();
            tensors.map(move |(suffix, tensor)| (Place { node, suffix }, tensor))
        })
        .collect();
    let exported = export(&network, &weights, &About::default()).unwrap();
    let mut model = ModelProto::decode(exported.as_slice()).unwrap();
    (model.ir_version, model.producer_name) = (3, "onnx-caffe2".to_owned());
    model.metadata_props.clear();
    let graph = model.graph.as_mut().unwrap();
    let numbers: HashMap<String, String> = (graph.initializer.iter().enumerate())
        .map(|(index, tensor)| (tensor.name.clone(), format!("{index}_0")))
        .collect();
    for tensor in &mut graph.initializer {
        tensor.name = numbers[&tensor.name].clone();
        graph.input.insert(0, ValueInfoProto { name: tensor.name.clone(), r#type: None });
    }
    for node in &mut graph.node {
        node.name.clear();
        for input in &mut node.input {
            *input = numbers.get(input).unwrap_or(input).clone();
        }
        if let Some(ceil) = node.attribute.iter_mut().find(|attribute| attribute.name == "ceil_mode") {
            (ceil.name, ceil.i, ceil.ints, ceil.r#type) = ("pads".to_owned(), None, vec![0, 0, 1, 1], 7);
        }
    }
    let last = graph.node.iter().position(|node| node.op_type == "Gemm").unwrap();
    let input = std::mem::replace(&mut graph.node[last].input[0], "dropped".to_owned());
    let dropout = NodeProto {
        input: vec![input],
        output: vec!["dropped".to_owned(), "mask".to_owned()],
        op_type: "Dropout".to_owned(),
        ..NodeProto::default()
    };
    graph.node.insert(last, dropout);
    let file = crate::weights::read(&model.encode_to_vec()).unwrap();
    assert_eq!(
        (file.about.model.as_deref(), file.about.variant.as_deref()),
        (Some("googlenet"), Some("published"))
    );
    let found: HashMap<String, Tensor> = file.tensors.into_iter().collect();
    for (Place { node, suffix }, tensor) in &weights {
        let name = format!("{}.{suffix}", network.node(*node).id);
        assert_eq!(found[&name], *tensor, "{name}");
    }
}
