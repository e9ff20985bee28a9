//! The command line as a script sees it: exit status, what is printed, what is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/command.rs"]
mod command;

use command::{DANDELION, Ended, FLOWERS, run};
use inceptionscope::weights::safetensors::{self, Storage};
use inceptionscope::weights::{self, Tensor};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const CROPPED: &str = "tests/fixtures/photos/no_iend.png";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.jpg"), "not a photo").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    folder
}

/// Status, and words on stdout for 0, on stderr for the others.
#[test]
fn statuses_and_messages() {
    let classify = format!("classify --engine cpu --weights {FLOWERS} --image");
    let trace =
        format!("trace --engine cpu --weights {FLOWERS} --out {{dir}}/t.safetensors --image {DANDELION}");
    let explain = format!("explain --engine cpu --weights {FLOWERS} --image {DANDELION} --method");
    let features = format!("features --engine cpu --weights {FLOWERS} --data {DANDELION} --node");
    let evaluate = format!("evaluate --engine cpu --weights {FLOWERS} --data");
    let cases: Vec<(String, i32, &[&str])> = vec![
        (format!("{explain} grad-cam"), 2, &["--out E.safetensors or --png P.png"]),
        (format!("{explain} grad-cam --json --layer nosuch"), 2, &["nosuch"]),
        (format!("{explain} smoothgrad --json --samples 0"), 2, &["--samples must be at least 1"]),
        (format!("{explain} integrated --json --baseline white"), 2, &["zero, black, mean, blurred"]),
        (
            format!("{explain} grad-cam --json --target conv1:3 --layer inception3a"),
            2,
            &["does not depend on inception3a"],
        ),
        (format!("{explain} cam"), 2, &["--out E.safetensors or --png P.png"]),
        (format!("{explain} cam --json --target nosuch"), 2, &["'nosuch' is neither a class nor a node"]),
        (format!("{explain} cam --json --target conv1:3"), 2, &["a class activation map is of a class"]),
        (format!("{explain} cam --json --target conv1:64"), 2, &["conv1", "64"]),
        (format!("{explain} occlusion --json --patch 500"), 2, &["patch is 500", "from 1 to 224"]),
        (
            format!("{explain} cam --json --rather-than 0"),
            0,
            &["rather than 0", "\"difference\"", "\"shares\""],
        ),
        (format!("{evaluate} {{dir}}/empty"), 2, &["empty: no JPEG"]),
        (
            format!("{evaluate} {{dir}}"),
            2,
            &["notes.jpg: this is not an image", "1 of 1 photos could not be"],
        ),
        (format!("{evaluate} www/samples --crops 7"), 2, &["choose 1, 10, 12 or 144 crops"]),
        ("--version".into(), 0, &["inceptionscope "]),
        ("".into(), 2, &["Usage"]),
        ("models".into(), 0, &["googlenet", "inception_v3", "profiles"]),
        ("models resnet34".into(), 0, &["layer1"]),
        ("models googlenet --variant published".into(), 0, &["inception3a"]),
        ("models --factorisations".into(), 0, &["weights", "MAC"]),
        ("models nosuch".into(), 2, &["nosuch", "googlenet"]),
        ("models googlenet --variant nosuch".into(), 2, &["nosuch", "published"]),
        ("models --markdown --json".into(), 2, &["cannot be used with"]),
        (format!("{classify} {DANDELION}"), 0, &[DANDELION, " %  dandelion"]),
        (
            format!(
                "classify --weights tests/fixtures/weights/cases/model.safetensors.index.json --image {DANDELION}"
            ),
            2,
            &["shard model-00001-of-00002.safetensors is missing: put it beside the index"],
        ),
        (format!("{classify} {DANDELION} --crops 7"), 2, &["choose 1, 10, 12 or 144 crops"]),
        (format!("classify --engine tpu --weights {FLOWERS} --image {DANDELION}"), 2, &["no engine 'tpu'"]),
        (format!("{classify} {DANDELION} --profile nosuch"), 2, &["nosuch"]),
        (format!("{classify} {{dir}}/*.gif"), 2, &["*.gif: no JPEG, PNG, WebP or GIF image matches"]),
        (format!("{classify} {DANDELION} --batch 13"), 2, &["choose 1 to 12"]),
        (format!("{features} nosuch --out {{dir}}/f.safetensors"), 2, &["nosuch"]),
        (format!("{features} avgpool,fc --out {{dir}}/f.npy"), 2, &["a .npy file holds one node"]),
        (format!("{classify} nosuch.jpg"), 2, &["nosuch.jpg: No such file"]),
        (format!("{classify} {{dir}}/notes.jpg"), 2, &["notes.jpg: this is not an image; use a JPEG, PNG"]),
        (format!("{classify} {{dir}}/empty"), 2, &["empty: no JPEG, PNG, WebP or GIF image"]),
        (
            format!("{classify} {DANDELION} --no-resize"),
            2,
            &["dandelion.jpg: the image has", "exactly 224 × 224"],
        ),
        (format!("{classify} {DANDELION} --no-resize --crops 10"), 2, &["cannot be used with"]),
        (
            format!("classify --weights nosuch.safetensors --image {DANDELION}"),
            2,
            &["nosuch.safetensors: No such file", "a file, a URL, an id of the catalogue or synthetic:SEED"],
        ),
        (
            format!("classify --model googlenet --weights synthetic:one --image {DANDELION}"),
            2,
            &["synthetic:one: the seed is a whole number"],
        ),
        (format!("{trace} --mute nosuch"), 2, &["nosuch"]),
        (format!("{trace} --mute conv1:x"), 2, &["--mute conv1:x: channels are numbers"]),
        (format!("{trace} --mute conv1:64"), 2, &["conv1", "64"]),
        (format!("{trace} --scale conv1"), 2, &["--scale conv1: write NODE=S"]),
        (format!("{trace} --scale conv1=NaN"), 2, &["--scale conv1=NaN: write NODE=S"]),
        (format!("{trace} --node nosuch"), 2, &["nosuch"]),
        (format!("{trace} --input x.safetensors"), 2, &["cannot be used with"]),
        (format!("trace --weights {FLOWERS} --out {{dir}}/t"), 2, &["--image"]),
        (
            format!("convert --from {FLOWERS} --out {{dir}}/no/x.safetensors"),
            2,
            &["x.safetensors: No such file"],
        ),
        (format!("convert --from {FLOWERS} --listed nosuch --out {{dir}}/x"), 2, &["the catalogue has"]),
        (format!("convert --from {DANDELION} --out {{dir}}/x"), 2, &[DANDELION]),
        (format!("convert --from {FLOWERS} --dtype f16 --out {{dir}}/half.safetensors"), 0, &[]),
        (format!("export --weights {FLOWERS} --out {{dir}}/x.onnx"), 2, &["--onnx"]),
        (format!("export --onnx --weights {FLOWERS} --out {{dir}}/x.onnx"), 0, &[]),
    ];
    let folder = folder();
    for (arguments, status, words) in cases {
        let ended = run(&arguments, folder.path());
        let Ended { out, err, .. } = &ended;
        assert_eq!(ended.status, status, "{arguments}\n{out}\n{err}");
        let text = if status == 0 { out } else { err };
        for word in words {
            assert!(text.contains(word), "{arguments}: no '{word}' in\n{text}");
        }
        assert!(status == 0 || out.is_empty(), "{arguments}: {out}");
    }
    assert!(fs::metadata(folder.path().join("half.safetensors")).unwrap().len() > 1_000_000);
    assert!(fs::metadata(folder.path().join("x.onnx")).unwrap().len() > 1_000_000);
}

/// A photo that cannot be read does not keep the others from being classified.
#[test]
fn each_photo_has_its_own_answer_or_error() {
    let folder = folder();
    fs::copy(DANDELION, folder.path().join("a.jpg")).unwrap();
    fs::copy(CROPPED, folder.path().join("z.PNG")).unwrap();
    let check = |photos: &[serde_json::Value]| {
        let name = |photo: &serde_json::Value| {
            photo["image"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
        };
        assert_eq!(photos.iter().map(name).collect::<Vec<_>>(), ["a.jpg", "notes.jpg", "z.PNG"]);
        assert_eq!(photos[0]["top"][0]["name"], "dandelion");
        assert_eq!(photos[1]["error"]["code"], "photo.format");
        assert!(photos[2]["top"][0]["probability"].as_f64().unwrap() > 0.2);
    };
    let base = format!("classify --engine cpu --weights {FLOWERS} --image {{dir}}");
    let list = run(&format!("{base} --json"), folder.path());
    check(&serde_json::from_str::<Vec<_>>(&list.out).unwrap());
    let lines = run(&format!("{base} --json-lines"), folder.path());
    check(&lines.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>());
    let text = run(&base, folder.path());
    assert!(text.out.contains("a.jpg") && text.out.contains("z.PNG") && !text.out.contains("notes.jpg"));
    for ended in [list, lines, text] {
        assert_eq!(ended.status, 2);
        assert!(ended.err.contains("notes.jpg: this is not an image"), "{}", ended.err);
        assert!(ended.err.contains("1 of 3 photos could not be classified"), "{}", ended.err);
    }
}

/// Nobody is told "NaN %".
#[test]
fn an_answer_that_is_not_finite_is_an_error() {
    let folder = folder();
    let mut file = weights::read(&fs::read(FLOWERS).unwrap()).unwrap();
    let weight = file.tensors.iter_mut().find(|(name, _)| name == "fc.weight").unwrap();
    weight.1.data.fill(3e38);
    let mut overflowing = Vec::new();
    safetensors::write(&mut overflowing, &file.tensors, Storage::F32, &file.about.to_metadata()).unwrap();
    fs::write(folder.path().join("w.safetensors"), overflowing).unwrap();
    let base = format!("classify --engine cpu --weights {{dir}}/w.safetensors --image {DANDELION}");
    let text = run(&base, folder.path());
    assert_eq!((text.status, &*text.out), (1, ""));
    assert!(text.err.contains("dandelion.jpg: the prediction is not finite"), "{}", text.err);
    assert!(!text.err.contains("NaN %"), "{}", text.err);
    let json = run(&format!("{base} --json-lines"), folder.path());
    let photo: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.status, &photo["error"]["code"]), (1, &"answer.not_finite".into()));
}

/// Everything before the classifier is there, and no prediction.
#[test]
fn a_file_without_a_classifier_is_traced_and_not_classified() {
    let folder = folder();
    let mut file = weights::read(&fs::read(FLOWERS).unwrap()).unwrap();
    file.tensors.retain(|(name, _)| !name.starts_with("fc."));
    let mut headless = Vec::new();
    safetensors::write(&mut headless, &file.tensors, Storage::F32, &file.about.to_metadata()).unwrap();
    fs::write(folder.path().join("w.safetensors"), headless).unwrap();
    let base = format!("--engine cpu --image {DANDELION} --weights");
    let traced = |weights: &str, out: &str| {
        let ended = run(&format!("trace {base} {weights} --out {{dir}}/{out}"), folder.path());
        assert_eq!(ended.status, 0, "{}", ended.err);
        weights::read(&fs::read(folder.path().join(out)).unwrap()).unwrap().tensors
    };
    let (mut whole, found) = (traced(FLOWERS, "whole"), traced("{dir}/w.safetensors", "headless"));
    whole.retain(|(name, _)| !matches!(name.as_str(), "fc" | "logits" | "probabilities"));
    assert!(whole.iter().any(|(name, _)| name == "avgpool"));
    assert_eq!(found, whole);

    let ended = run(&format!("classify {base} {{dir}}/w.safetensors"), folder.path());
    assert_eq!((ended.status, &*ended.out), (2, ""));
    assert!(ended.err.contains("w.safetensors: the weight file has no classifier"), "{}", ended.err);
}

#[test]
fn trace_takes_tensors_and_writes_chosen_nodes() {
    let folder = folder();
    let data: Vec<f32> = (0..3 * 224 * 224).map(|i| (i as f32 * 0.01).sin()).collect();
    let tensor = vec![("picture".to_owned(), Tensor { shape: vec![3, 224, 224], data: data.clone() })];
    let mut file = Vec::new();
    safetensors::write(&mut file, &tensor, Storage::F32, &BTreeMap::new()).unwrap();
    fs::write(folder.path().join("input.safetensors"), file).unwrap();
    let base = format!("trace --engine cpu --weights {FLOWERS} --input {{dir}}/input.safetensors");
    let ended =
        run(&format!("{base} --node input,inception3a.branch1 --out {{dir}}/t.safetensors"), folder.path());
    assert_eq!(ended.status, 0, "{}", ended.err);
    let written = weights::read(&fs::read(folder.path().join("t.safetensors")).unwrap()).unwrap().tensors;
    let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let of = |wanted: &str| &written.iter().find(|(name, _)| name == wanted).unwrap().1;
    assert_eq!(of("inception3a.branch1").shape, [64, 28, 28]);
    assert_eq!(of("input").data, data);

    let short = vec![("input".to_owned(), Tensor { shape: vec![2], data: vec![0.0; 2] })];
    let mut file = Vec::new();
    safetensors::write(&mut file, &short, Storage::F32, &BTreeMap::new()).unwrap();
    fs::write(folder.path().join("input.safetensors"), file).unwrap();
    let ended = run(&format!("{base} --out {{dir}}/t.safetensors"), folder.path());
    assert_eq!(ended.status, 2);
    assert!(ended.err.contains("input.safetensors: input of googlenet has 150528 values"), "{}", ended.err);
}

#[test]
fn explain_writes_what_is_needed_to_repeat_it() {
    let folder = folder();
    let explain = format!("explain --engine cpu --weights {FLOWERS} --image {DANDELION} --json");
    let read = |name: &str| weights::read(&fs::read(folder.path().join(name)).unwrap()).unwrap().tensors;
    let ended = run(
        &format!("{explain} --method cam --target dandelion --out {{dir}}/c.safetensors --png {{dir}}/c.png"),
        folder.path(),
    );
    assert_eq!(ended.status, 0, "{}", ended.err);
    let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    for entry in ["method", "target", "model", "profile", "weights", "image", "crop", "bias", "sum", "value"]
    {
        assert!(told[entry].is_string(), "{entry}: {told}");
    }
    let tensors = read("c.safetensors");
    let map = |name: &str| &tensors.iter().find(|(other, _)| other == name).unwrap().1;
    assert_eq!(
        (map("map").shape.as_slice(), map("map_input").shape.as_slice()),
        (&[7, 7][..], &[224, 224][..])
    );
    let mean = map("map").data.iter().map(|v| f64::from(*v)).sum::<f64>() / 49.0;
    let number = |entry: &str| told[entry].as_str().unwrap().parse::<f64>().unwrap();
    let difference = mean + number("bias") - number("value");
    assert!(difference.abs() < 1e-4, "{difference}");
    assert!(image::open(folder.path().join("c.png")).is_ok_and(|png| png.width() == 224));

    let ended = run(
        &format!("{explain} --method occlusion --patch 112 --stride 112 --out {{dir}}/o.safetensors"),
        folder.path(),
    );
    assert_eq!(ended.status, 0, "{}", ended.err);
    assert_eq!(read("o.safetensors")[0].1.shape, [2, 2]);

    // Grad-CAM at the last map is the positive part of the class map, up to the area that its mean divides by.
    let to = "--target dandelion --out {dir}/g.safetensors";
    let ended = run(&format!("{explain} --method grad-cam {to}"), folder.path());
    assert_eq!(ended.status, 0, "{}", ended.err);
    let found = &read("g.safetensors")[0].1;
    for (found, exact) in found.data.iter().zip(&map("map").data) {
        let expected = exact.max(0.0) / 49.0;
        assert!((found - expected).abs() <= 1e-4 * expected.abs().max(0.01), "{found} is not {expected}");
    }
}

#[test]
fn attributions_are_those_of_the_traced_gradient() {
    let folder = folder();
    let read = |name: &str| weights::read(&fs::read(folder.path().join(name)).unwrap()).unwrap().tensors;
    let tensor = |name: &str, tensor: &str| {
        let found = read(name).into_iter().find(|(other, _)| other == tensor);
        found.unwrap_or_else(|| panic!("{name} lacks {tensor}")).1
    };
    let photo = format!("--engine cpu --weights {FLOWERS} --image {DANDELION}");
    for target in ["dandelion", "inception4c:7", "inception4c:7:0,6", "conv1:3"] {
        let ended =
            run(&format!("trace {photo} --gradient-of {target} --out {{dir}}/t.safetensors"), folder.path());
        assert_eq!(ended.status, 0, "{}", ended.err);
        let gradient = tensor("t.safetensors", "gradient:input");
        assert!(gradient.data.iter().any(|v| *v != 0.0) && gradient.data.iter().all(|v| v.is_finite()));
        for (method, of) in [("gradient", 1.0), ("input-x-gradient", 0.0)] {
            let explain = format!("explain {photo} --json --method {method} --target {target}");
            let ended = run(&format!("{explain} --out {{dir}}/a.safetensors"), folder.path());
            assert_eq!(ended.status, 0, "{}", ended.err);
            let input = tensor("t.safetensors", "input");
            let expected = gradient.data.iter().zip(&input.data).map(|(g, x)| g * (of + (1.0 - of) * x));
            let found = tensor("a.safetensors", "attribution");
            assert_eq!(found.shape, gradient.shape);
            let largest = gradient.data.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            for (found, expected) in found.data.iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-4 * largest, "{method} {target}: {found}, {expected}");
            }
        }
    }
    // Nodes that the target does not depend on have no gradient.
    let traced = read("t.safetensors");
    let has = |name: &str| traced.iter().any(|(other, _)| other == name);
    assert!(has("inception5b") && !has("gradient:inception5b"));

    let explain = format!("explain {photo} --json --target dandelion");
    let ended = run(&format!("{explain} --method integrated --steps 16"), folder.path());
    assert_eq!(ended.status, 0, "{}", ended.err);
    let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let number = |entry: &str| told[entry].as_str().unwrap().parse::<f64>().unwrap();
    let (sum, difference) = (number("sum"), number("difference"));
    assert!((sum - difference).abs() < 0.05 * difference.abs(), "{sum} is not {difference}");
    assert_eq!(number("error"), difference - sum);

    let smooth = format!("{explain} --method smoothgrad --samples 3 --seed");
    let noisy = |seed: u32, name: &str| {
        let ended = run(&format!("{smooth} {seed} --out {{dir}}/{name}"), folder.path());
        assert_eq!(ended.status, 0, "{}", ended.err);
        tensor(name, "attribution").data
    };
    let [first, again, other] = [(1, "s1"), (1, "s2"), (2, "s3")].map(|(seed, name)| noisy(seed, name));
    assert!(first == again && first != other, "the seed decides");
}

/// Other baselines are complete, too, and what a check found is in the file.
#[test]
fn integrated_gradients_begin_at_the_mean_colour_or_at_another_photo() {
    let folder = folder();
    let explain =
        format!("explain --engine cpu --weights {FLOWERS} --image {DANDELION} --target dandelion --json");
    let integrated = format!("{explain} --method integrated --steps 24 --out {{dir}}/i.safetensors");
    let metadata = || {
        let file = fs::read(folder.path().join("i.safetensors")).unwrap();
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let header: serde_json::Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
        header["__metadata__"].clone()
    };
    let mut differences = Vec::new();
    for baseline in ["--baseline mean", "--baseline-photo www/samples/cat.jpg"] {
        let ended = run(&format!("{integrated} {baseline}"), folder.path());
        assert_eq!(ended.status, 0, "{}", ended.err);
        let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        let number = |entry: &str| told[entry].as_str().unwrap().parse::<f64>().unwrap();
        let (error, difference) = (number("error"), number("difference"));
        println!("{baseline}: {difference}, {error} not accounted for");
        assert!(error.abs() < 0.05 * difference.abs(), "{baseline}: {error} of {difference}");
        differences.push(difference);
    }
    assert_ne!(differences[0], differences[1]);
    let found = metadata();
    let digest = found["baseline_image"].as_str().unwrap();
    assert_eq!((found["baseline"].as_str(), digest.len()), (Some("photo"), 64));
    assert_ne!(found["baseline_image"], found["image"]);
    let ended = run(&format!("{integrated} --baseline mean --baseline-photo {DANDELION}"), folder.path());
    assert_eq!(ended.status, 2, "{}", ended.err);

    let checked = format!("{explain} --method cam --check deletion --points 2 --blank mean");
    let ended = run(&format!("{checked} --out {{dir}}/i.safetensors"), folder.path());
    assert_eq!(ended.status, 0, "{}", ended.err);
    let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let written: serde_json::Value = serde_json::from_str(metadata()["check"].as_str().unwrap()).unwrap();
    assert_eq!(written, told["check"]);
    assert_eq!((written["name"].as_str(), written["blank"].as_str()), (Some("deletion"), Some("mean")));
    assert_eq!(written["by_map"]["values"].as_array().map(Vec::len), Some(3));
}

#[test]
fn evaluate_scores_networks_and_their_ensemble() {
    let folder = folder();
    for (class, photo) in [("dandelion", "dandelion.jpg"), ("tulip", "dandelion.jpg")] {
        fs::create_dir(folder.path().join(class)).unwrap();
        fs::copy(Path::new("www/samples").join(photo), folder.path().join(class).join(photo)).unwrap();
    }
    fs::remove_file(folder.path().join("notes.jpg")).unwrap();
    let evaluate = format!("evaluate --engine cpu --weights {FLOWERS} {FLOWERS} --data {{dir}} --json");
    let ended = run(&evaluate, folder.path());
    assert_eq!(ended.status, 0, "{}", ended.err);
    let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&told["images"], told["networks"].as_array().unwrap().len()), (&2.into(), 2));
    for score in [&told["networks"][0], &told["networks"][1], &told["ensemble"]] {
        assert_eq!((&score["top1"], &score["top5"]), (&0.5.into(), &1.0.into()));
        let confusion: Vec<Vec<u32>> = serde_json::from_value(score["confusion"].clone()).unwrap();
        assert_eq!((confusion.len(), confusion.iter().flatten().sum::<u32>()), (5, 2));
        assert!(score["worst"][0]["image"].as_str().unwrap().contains("tulip"), "{score}");
    }
    fs::rename(folder.path().join("tulip"), folder.path().join("weeds")).unwrap();
    let ended = run(&evaluate, folder.path());
    assert_eq!(ended.status, 2);
    assert!(ended.err.contains("the folder 'weeds' is no class of this network"), "{}", ended.err);
}

#[test]
fn visualise_and_dream_write_pictures_that_can_be_made_again() {
    let folder = folder();
    let network = format!("--engine cpu --weights {FLOWERS}");
    let small = format!("{network} --size 75 --steps 2");
    let make = |arguments: &str, name: &str| {
        let ended = run(&format!("{arguments} --json --out {{dir}}/{name}"), folder.path());
        assert_eq!(ended.status, 0, "{arguments}: {}", ended.err);
        let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        (told, inceptionscope::photo::Photo::decode(&fs::read(folder.path().join(name)).unwrap()).unwrap())
    };
    let visualise = format!("visualise {small} --seed 3 --objective inception3a:1");
    let (told, picture) = make(&visualise, "a.png");
    assert_eq!((picture.width, picture.height), (75, 75));
    assert_eq!((&told["seed"], &told["steps"], &told["size"]), (&"3".into(), &"2".into(), &"75".into()));
    assert_eq!(told["values"].as_array().unwrap().len(), 2);
    let (again, same) = make(&visualise, "b.png");
    assert_eq!((&again["values"], same.rgb), (&told["values"], picture.rgb));
    // Objectives add up.
    let both = format!("visualise {small} --seed 3 --objective inception3a:1 --objective -0.5*inception3a:1");
    let half = make(&both, "c.png").0["values"][0].as_f64().unwrap();
    assert!((half * 2.0 - told["values"][0].as_f64().unwrap()).abs() < 1e-5, "{half}");

    let dream =
        format!("dream {network} --size 110 --image {DANDELION} --objective inception3a --iterations 1");
    let (told, picture) = make(&dream, "d.png");
    assert_eq!(((picture.width, picture.height), told["size"].as_str()), ((110, 110), Some("110")));
    // 110 / 1.4 is 79, and 79 / 1.4 too small for a network.
    assert_eq!(told["values"].as_array().unwrap().len(), 2);

    for (arguments, words) in [
        (format!("visualise {small} --objective inception3a:256"), "there is no channel 256"),
        (format!("visualise {small} --objective like:inception3a"), "give --image"),
        (format!("visualise {network} --size 40 --objective inception3a:1"), "75 to 2048"),
        (format!("{dream} --scale 1"), "--scale must be more than 1"),
        (format!("dream {network} --image {DANDELION} --objective like:inception3a"), "give one"),
    ] {
        let ended = run(&format!("{arguments} --out {{dir}}/e.png"), folder.path());
        assert_eq!(ended.status, 2, "{arguments}");
        assert!(ended.err.contains(words), "{arguments}: {}", ended.err);
    }
}
