//! The kinds of weight files that people report as not opening (tests/fixtures/weights/make_cases.py).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::error::Coded;
use inceptionscope::run::{Choice, OpenError, Opening, Spec};
use inceptionscope::weights::{self, Warning, WeightsError};
use pollster::block_on;
use proptest::prelude::*;
use std::path::Path;

fn bytes(name: &str) -> Vec<u8> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/weights/cases");
    std::fs::read(cases.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn codes(warnings: &[Warning]) -> Vec<&str> {
    warnings.iter().map(Coded::code).collect()
}

#[test]
fn headers_of_a_resnet34_are_recognised() {
    const RELU: &str = "weights.assumed_relu";
    const IGNORED: &str = "weights.metadata_ignored";
    // Name; classes, dense layers before the classifier, warnings.
    for (name, classes, layers, warnings) in [
        ("plain", Some(5), 0, &[][..]),
        ("prefix_orig_mod", Some(5), 0, &[]),
        ("prefix_backbone", Some(5), 0, &[]),
        ("prefix_model", Some(5), 0, &[]),
        ("prefix_module_encoder_q", Some(5), 0, &[]),
        ("fc_sequential", Some(5), 0, &[]),
        ("classifier", Some(5), 0, &[]),
        ("two_dense_layers", Some(5), 1, &[RELU]),
        ("headless", None, 0, &["weights.headless"]),
        ("transformers_resnet34", Some(5), 0, &[]),
        ("foreign_metadata", Some(5), 0, &[IGNORED; 4]),
        ("foreign_network", Some(5), 0, &[IGNORED; 3]),
    ] {
        let mut opening = Opening::new(Spec { engine: Choice::Cpu, ..Spec::default() }, name);
        block_on(opening.push(&bytes(&format!("{name}.safetensors")))).unwrap();
        let graph = opening.graph().unwrap_or_else(|| panic!("{name}: not recognised"));
        assert_eq!((graph.network, graph.classes()), ("resnet34", classes.unwrap_or(1000)), "{name}");
        assert_eq!(graph.nodes.iter().filter(|n| n.id.starts_with("head.")).count(), 2 * layers, "{name}");
        assert_eq!(codes(&opening.warnings()), warnings, "{name}");
        let Err(OpenError::Weights { source, .. }) = block_on(opening.finish()) else { panic!("{name}") };
        assert_eq!(source.code(), "weights.truncated", "{name}: {source}");
    }
}

#[test]
fn objects_beside_the_tensors_are_passed_over() {
    for name in [
        "beside_namespace.pth",
        "beside_counter.pth",
        "beside_device.pth",
        "beside_defaultdict.pth",
        "beside_set.pth",
        "beside_bytes.pth",
        "beside_path.pth",
        "beside_numpy.pth",
        "beside_dtype.pth",
        "beside_random.pth",
        "ema.pth",
        "state_dict_2.pth",
        "python2.pth",
        "tar.pth",
        "whole_model.pth",
    ] {
        let file = weights::read(&bytes(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let prefix = if name == "whole_model.pth" { "inner." } else { "" };
        let tensors: Vec<_> =
            file.tensors.iter().map(|(n, t)| (n.clone(), &t.shape[..], &t.data[..])).collect();
        let expected = [
            (format!("{prefix}w"), &[2, 2][..], &[1.0, 2.0, 3.0, 4.0][..]),
            (format!("{prefix}b"), &[2], &[5.0, 6.0]),
        ];
        assert_eq!(tensors, expected, "{name}");
        let copies: &[&str] = if name == "ema.pth" { &["weights.copies"] } else { &[] };
        assert_eq!(codes(&file.warnings), copies, "{name}");
        // They are whole, and no network's: not damaged.
        let mut opening = Opening::new(Spec::default(), name);
        block_on(opening.push(&bytes(name))).unwrap();
        let error = block_on(opening.finish()).unwrap_err();
        assert!(matches!(error, OpenError::Unknown { .. }), "{name}: {error}");
    }
}

#[test]
fn the_moving_average_is_taken_where_it_is_asked_for() {
    let file = weights::read_with(&bytes("ema.pth"), true).unwrap();
    assert_eq!(file.tensors[0].1.data, [2.0, 3.0, 4.0, 5.0]);
    let expected = Warning::Copies { taken: "state_dict_ema".into(), others: vec!["state_dict".into()] };
    assert_eq!(file.warnings, [expected]);
    let error = weights::read_with(&bytes("beside_set.pth"), true).unwrap_err();
    assert_eq!(error.code(), "weights.no_average");
}

#[test]
fn what_is_not_read_is_said_and_what_to_do() {
    for (name, code, says) in [
        ("torchscript.pt", "weights.unsupported", &["TorchScript", "torch.jit.load(file).state_dict()"][..]),
        ("quantised.pth", "weights.tensor", &["tensor w: it is quantised", "save the model from before"]),
        ("sparse.pth", "weights.tensor", &["tensor b", "_rebuild_sparse_tensor", "plain tensor"]),
        ("compressed.pth", "weights.unsupported", &["it is compressed", "save them again"]),
        (
            "model.safetensors.index.json",
            "weights.index",
            &["index of 1 shard", "model-00001-of-00002.safetensors"],
        ),
    ] {
        let error = weights::read(&bytes(name)).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
        for part in says {
            assert!(error.to_string().contains(part), "{name}: {error}");
        }
    }
}

#[test]
fn a_foreign_file_is_refused_by_its_first_bytes() {
    let mut opening = Opening::new(Spec::default(), "video.mp4");
    let error = block_on(opening.push(&[7; weights::START])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "video.mp4: this is an unknown kind of file, which is not a supported weight file"
    );
    // As the command line reads it: no more than that.
    let mut endless = std::io::repeat(7);
    assert!(matches!(weights::read_from(&mut endless), Err(WeightsError::Format(_))));
}

/// A file of torch's old form: a dict of one tensor beside `count` floats, such as the losses of a training.
fn history(count: usize) -> Vec<u8> {
    let text = |text: &str| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let tensor = [
        b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec(),
        text("storage"),
        b"ctorch\nFloatStorage\n".to_vec(),
        text("0"),
        text("cpu"),
        b"K\x01NtQK\x00K\x01\x85K\x01\x85\x89NtR".to_vec(),
    ];
    let losses = [b"](".to_vec(), b"G\x3f\xf0\0\0\0\0\0\0".repeat(count), b"e".to_vec()];
    let file = [
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.".to_vec(),
        [b"\x80\x02}(".to_vec(), text("losses"), losses.concat()].concat(),
        [text("state_dict"), b"}".to_vec(), text("w"), tensor.concat(), b"su.".to_vec()].concat(),
        [b"\x80\x02](".to_vec(), text("0"), b"e.".to_vec()].concat(),
        [&1u64.to_le_bytes()[..], &7f32.to_le_bytes()].concat(),
    ];
    file.concat()
}

#[test]
fn long_histories_are_passed_over() {
    let file = weights::read(&history(300_000)).unwrap();
    assert_eq!((file.tensors[0].0.as_str(), &file.tensors[0].1.data[..]), ("w", &[7.0][..]));
}

/// Of pickles, and some of their arguments.
const INSTRUCTIONS: &[u8] = b"}])(NK\x01JXUStluseaqhbR\x81\x85\x86\x87\x94Q0122oGI\n.";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Damaged files end with tensors or an error, and never with more values than the file can hold.
    #[test]
    fn damaged_cases_do_no_harm(
        name in prop::sample::select(&[
            "beside_numpy.pth",
            "beside_counter.pth",
            "ema.pth",
            "python2.pth",
            "tar.pth",
            "whole_model.pth",
            "torchscript.pt",
            "model.safetensors.index.json",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        keep in prop::option::of(any::<prop::sample::Index>()),
        ema in any::<bool>(),
    ) {
        let mut file = bytes(name);
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        if let Some(keep) = keep {
            file.truncate(keep.index(file.len()));
        }
        if let Ok(read) = weights::read_with(&file, ema) {
            let values: usize = read.tensors.iter().map(|(_, tensor)| tensor.data.len()).sum();
            prop_assert!(values <= file.len());
        }
    }

    /// Pickles of any instructions end: nothing is run, and memory stays within some times the file.
    #[test]
    fn pickles_of_any_instructions_do_no_harm(
        code in prop::collection::vec(prop::sample::select(INSTRUCTIONS), 0..400),
    ) {
        let head = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
        let _ = weights::read(&[head, &code[..], b"."].concat());
    }
}
