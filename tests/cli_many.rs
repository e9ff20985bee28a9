//! Many photos on the command line: features, patterns, batches, and what they take of memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/command.rs"]
mod command;

use command::{DANDELION, Ended, FLOWERS, run};
use inceptionscope::weights::{self, Tensor};
use std::fs;
use std::path::Path;

const CROPPED: &str = "tests/fixtures/photos/no_iend.png";

/// Two photos, and between them a file that is none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("photos")).unwrap();
    let [a, b, c] = ["a.jpg", "b.jpg", "c.PNG"].map(|name| folder.path().join("photos").join(name));
    fs::copy(DANDELION, a).unwrap();
    fs::write(b, "not a photo").unwrap();
    fs::copy(CROPPED, c).unwrap();
    folder
}

fn tensors(path: &Path) -> Vec<(String, Tensor)> {
    weights::read(&fs::read(path).unwrap()).unwrap().tensors
}

#[test]
fn features_have_a_row_a_photo() {
    let folder = folder();
    let photos = folder.path().join("photos");
    let features = format!("features --engine cpu --weights {FLOWERS} --data {{dir}}/photos --node");
    let Ended { status, out, err } =
        run(&format!("{features} avgpool,inception5b.branch1 --out {{dir}}/f.safetensors"), folder.path());
    assert_eq!((status, &*out), (2, ""), "{err}");
    assert!(err.contains("b.jpg: this is not an image"), "{err}");
    assert!(err.contains("1 of 3 photos could not be read: their rows in"), "{err}");
    let found = tensors(&folder.path().join("f.safetensors"));
    let shapes: Vec<_> = found.iter().map(|(name, tensor)| (name.as_str(), &tensor.shape[..])).collect();
    assert_eq!(shapes, [("avgpool", &[3, 1024][..]), ("inception5b.branch1", &[3, 384, 7, 7])]);
    for (row, photo) in ["a.jpg", "b.jpg", "c.PNG"].into_iter().enumerate() {
        let traced = folder.path().join("t.safetensors");
        let trace = format!("trace --engine cpu --weights {FLOWERS} --image {{dir}}/photos/{photo}");
        let ended = run(
            &format!("{trace} --node avgpool,inception5b.branch1 --out {}", traced.display()),
            folder.path(),
        );
        assert_eq!(ended.status, if row == 1 { 2 } else { 0 }, "{}", ended.err);
        for (name, tensor) in &found {
            let width = tensor.data.len() / 3;
            let values = &tensor.data[row * width..(row + 1) * width];
            if row == 1 {
                assert!(values.iter().all(|v| v.is_nan()), "{name}");
                continue;
            }
            let all = tensors(&traced);
            let expected = &all.iter().find(|(other, _)| other == name).unwrap().1.data;
            assert!(values == expected, "{name} of {photo}");
        }
    }
    let bytes = fs::read(folder.path().join("f.safetensors")).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let names: Vec<String> =
        serde_json::from_str(header["__metadata__"]["images"].as_str().unwrap()).unwrap();
    assert_eq!(names, ["a.jpg", "b.jpg", "c.PNG"].map(|name| photos.join(name).display().to_string()));

    // For NumPy; several at a time are what each is alone.
    let ended = run(&format!("{features} avgpool --batch 3 --out {{dir}}/f.npy"), folder.path());
    assert_eq!(ended.status, 2, "{}", ended.err);
    let npy = fs::read(folder.path().join("f.npy")).unwrap();
    assert_eq!(&npy[..10], b"\x93NUMPY\x01\x00\x76\x00");
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,1024,), }";
    assert!(npy[10..].starts_with(header.as_bytes()) && npy[127] == b'\n');
    let values: Vec<u32> = npy[128..].chunks(4).map(|v| u32::from_le_bytes(v.try_into().unwrap())).collect();
    assert_eq!(values, found[0].1.data.iter().map(|v| v.to_bits()).collect::<Vec<_>>());

    // Where there is nothing to write, the file from before stays.
    let none = features.replace("{dir}/photos", "{dir}/photos/b.jpg");
    let ended = run(&format!("{none} avgpool --out {{dir}}/f.npy"), folder.path());
    assert_eq!(ended.status, 2);
    assert!(ended.err.contains("no photo could be read, so nothing is written"), "{}", ended.err);
    assert_eq!(fs::read(folder.path().join("f.npy")).unwrap(), npy);
}

#[test]
fn patterns_and_batches() {
    let folder = folder();
    let answers = |arguments: &str| {
        let base = format!("classify --engine cpu --weights {FLOWERS} --json-lines --image");
        let ended = run(&format!("{base} {arguments}"), folder.path());
        assert_eq!(ended.status, 2, "{}", ended.err);
        let told = |line: &str| {
            let mut told: serde_json::Value = serde_json::from_str(line).unwrap();
            told.as_object_mut().unwrap().remove("ms");
            told
        };
        ended.out.lines().map(told).collect::<Vec<_>>()
    };
    let alone = answers("{dir}/photos");
    let name =
        |photo: &serde_json::Value| photo["image"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(alone.iter().map(name).collect::<Vec<_>>(), ["a.jpg", "b.jpg", "c.PNG"]);
    assert_eq!(answers("{dir}/photos --batch 3"), alone);
    // Like a folder, a pattern means the images.
    fs::write(folder.path().join("photos/read.me"), "").unwrap();
    assert_eq!(answers("{dir}/ph*/*"), alone);
    assert_eq!(answers("{dir}/photos/?.jpg"), alone[..2]);
    // A photo that does not fit is told from those that are run with it.
    let exact = answers("{dir}/photos --batch 3 --no-resize");
    let codes = exact.iter().map(|photo| photo["error"]["code"].as_str().unwrap_or_default());
    assert_eq!(codes.collect::<Vec<_>>(), ["photo.input_size", "photo.format", "photo.input_size"]);
}

/// Ten more photos take no more memory than two.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_number_of_photos() {
    use std::process::Stdio;
    use std::time::Duration;

    const WIDTH: u16 = 2400;
    const HEIGHT: u16 = 1600;
    /// Of one photo.
    const PIXELS: u64 = WIDTH as u64 * HEIGHT as u64 * 3;

    let folder = tempfile::tempdir().unwrap();
    let pixels: Vec<u8> = (0..PIXELS).map(|i| (i / 7200 + i % 7200 / 30) as u8).collect();
    let mut whole = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut whole, 85);
    encoder.encode(&pixels, WIDTH, HEIGHT, jpeg_encoder::ColorType::Rgb).unwrap();
    for (name, count) in [("few", 2), ("many", 12)] {
        fs::create_dir(folder.path().join(name)).unwrap();
        for i in 0..count {
            fs::write(folder.path().join(name).join(format!("{i:02}.jpg")), &whole).unwrap();
        }
        fs::write(folder.path().join(name).join("00b.jpg"), "not a photo").unwrap();
        fs::write(folder.path().join(name).join("00c.jpg"), &whole[..whole.len() / 2]).unwrap();
    }
    // The peak is read while the program runs: all photos are alike, so it is there early.
    let peak = |arguments: &str| {
        let err = fs::File::create(folder.path().join("err")).unwrap();
        let mut child = command::command(arguments, folder.path());
        let mut child = child.stdout(Stdio::null()).stderr(err).spawn().unwrap();
        let mut peak = 0;
        let status = loop {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            if let Some(kilobytes) = line.and_then(|line| line.trim().strip_suffix(" kB")) {
                peak = kilobytes.parse::<u64>().unwrap() << 10;
            }
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let err = fs::read_to_string(folder.path().join("err")).unwrap();
        assert_eq!(status.code(), Some(2), "{err}");
        assert!(err.contains("00b.jpg: ") && err.contains("00c.jpg: "), "{err}");
        peak
    };
    for command in ["classify --image", "features --node avgpool --out {dir}/f.npy --data"] {
        let [few, many] = ["few", "many"].map(|name| {
            let (kind, rest) = command.split_once(' ').unwrap();
            peak(&format!("{kind} --engine cpu --weights {FLOWERS} {rest} {{dir}}/{name}"))
        });
        println!("{command}: {few} bytes for 2 photos, {many} for 12; each has {PIXELS}");
        assert!(few > PIXELS && many < few + PIXELS, "{command}: {few} bytes for 2 photos, {many} for 12");
    }
}

/// Nothing but our own sentences reaches stderr, also where drivers are asked and nobody is logged in.
#[test]
fn stderr_is_ours() {
    let folder = folder();
    let arguments = format!("classify --engine gpu --weights {FLOWERS} --image {DANDELION}");
    let output = command::command(&arguments, folder.path()).env_remove("XDG_RUNTIME_DIR").output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{err}");
    assert!(err.starts_with("GPU (") && err.lines().count() == 1, "{err}");
}
