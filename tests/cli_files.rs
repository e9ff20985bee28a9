//! The command line where files and pipes fail: a full disk, a reader that leaves, an interruption, odd names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/command.rs"]
mod command;

use command::{DANDELION, FLOWERS, command, run};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Subcommands that write a file, but for `--out`.
fn writers() -> [String; 7] {
    let photo = format!("--engine cpu --weights {FLOWERS} --image {DANDELION}");
    [
        format!("export --onnx --weights {FLOWERS}"),
        format!("convert --from {FLOWERS}"),
        format!("trace {photo}"),
        format!("features --engine cpu --node avgpool --weights {FLOWERS} --data {DANDELION}"),
        format!("explain --method cam {photo}"),
        format!("visualise --engine cpu --size 75 --steps 1 --weights {FLOWERS} --objective inception3a:1"),
        format!("dream --size 75 --iterations 1 --objective inception3a {photo}"),
    ]
}

/// As many photos as keep the program busy for a while.
fn many_photos(folder: &Path) {
    fs::create_dir(folder.join("photos")).unwrap();
    for i in 0..1500 {
        fs::hard_link(folder.join("a.jpg"), folder.join("photos").join(format!("{i:04}.jpg"))).unwrap();
    }
    fs::write(folder.join("photos/last.jpg"), "not a photo").unwrap();
}

/// What cannot be written is told before the work, and in one line.
#[test]
fn output_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    for writer in writers() {
        for (out, words) in [
            ("{dir}/no/x", "/no/x: No such file or directory"),
            ("{dir}/folder", "/folder: this is a folder; name a file"),
        ] {
            let ended = run(&format!("{writer} --out {out}"), folder.path());
            assert_eq!((ended.status, &*ended.out), (2, ""), "{writer}: {}", ended.err);
            assert!(ended.err.contains(words) && ended.err.lines().count() == 1, "{writer}: {}", ended.err);
        }
    }
    // It is noticed although the photo, which comes later, is none.
    let trace = format!("trace --weights {FLOWERS} --image nosuch.jpg --out {{dir}}/no/x");
    assert!(run(&trace, folder.path()).err.contains("/no/x: No such file"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    // Rows are written here and there, which devices do not take.
    for writer in writers().into_iter().filter(|writer| !writer.starts_with("features")) {
        let ended = run(&format!("{writer} --out /dev/full"), folder.path());
        assert_eq!(ended.status, 2, "{writer}: {}", ended.err);
        assert!(ended.err.contains("/dev/full: No space left on device"), "{writer}: {}", ended.err);
    }
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let classify = format!("classify --engine cpu --weights {FLOWERS} --image {DANDELION}");
    for arguments in [&classify, "models"] {
        let output = command(arguments, folder.path()).stdout(full()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {err}");
        assert!(err.contains("inceptionscope: stdout: No space left on device"), "{arguments}: {err}");
    }
    // Nobody hears the notes; the answer is there all the same.
    let output = command(&classify, folder.path()).stderr(full()).output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert!(String::from_utf8(output.stdout).unwrap().contains("%  dandelion"));
}

#[test]
fn files_that_are_read_are_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let [photo, weights] = ["a.jpg", "w.safetensors"].map(|name| folder.path().join(name));
    fs::copy(DANDELION, &photo).unwrap();
    fs::copy(FLOWERS, &weights).unwrap();
    for writer in writers() {
        let writer = writer.replace(FLOWERS, "{dir}/w.safetensors").replace(DANDELION, "{dir}/a.jpg");
        for out in ["a.jpg", "w.safetensors"].into_iter().filter(|name| writer.contains(name)) {
            let ended = run(&format!("{writer} --out {{dir}}/./{out}"), folder.path());
            assert_eq!(ended.status, 2, "{writer} to {out}: {}", ended.err);
            assert!(ended.err.contains("this file is read and would be lost"), "{writer}: {}", ended.err);
        }
    }
    assert!(fs::read(photo).unwrap() == fs::read(DANDELION).unwrap());
    assert!(fs::read(weights).unwrap() == fs::read(FLOWERS).unwrap());
}

/// `| head -1` ends the program: it does not go on for nobody.
#[test]
fn a_reader_that_leaves_ends_the_program() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(DANDELION, folder.path().join("a.jpg")).unwrap();
    many_photos(folder.path());
    for form in ["", "--json", "--json-lines"] {
        let arguments = format!("classify {form} --engine cpu --weights {FLOWERS} --image {{dir}}/photos");
        let mut child = command(&arguments, folder.path());
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{form}: {err}");
        // Neither an error, nor the photo at the end that is none.
        assert!(err.is_empty() || err == "CPU, as chosen\n", "{form}: {err}");
    }
}

/// Whatever ends the program, the old file is whole; and Ctrl-C leaves nothing else behind.
#[cfg(unix)]
#[test]
fn an_interruption_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(DANDELION, folder.path().join("a.jpg")).unwrap();
    many_photos(folder.path());
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("f.npy"), "old").unwrap();
    let features = format!("features --engine cpu --weights {FLOWERS} --node avgpool --data {{dir}}/photos");
    for (signal, status, left) in [("INT", Some(130), 1), ("TERM", Some(130), 1), ("KILL", None, 2)] {
        let mut child = command(&format!("{features} --out {{dir}}/out/f.npy"), folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It has begun to write the new one.
        let begun = || {
            let sizes = fs::read_dir(&out).unwrap().filter_map(|entry| entry.unwrap().metadata().ok());
            sizes.map(|metadata| metadata.len()).sum::<u64>() > 1000
        };
        while !begun() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it began");
            std::thread::sleep(Duration::from_millis(5));
        }
        let sent = std::process::Command::new("sh")
            .args(["-c", &format!("kill -{signal} {}", child.id())])
            .status()
            .unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), status, "{signal}");
        assert_eq!(fs::read_to_string(out.join("f.npy")).unwrap(), "old", "{signal}");
        assert_eq!(fs::read_dir(&out).unwrap().count(), left, "{signal}");
    }
}

/// Names on Linux are bytes.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let [photo, out] =
        [&b"caf\xe9.jpg"[..], b"\xff.safetensors"].map(|name| folder.path().join(OsStr::from_bytes(name)));
    fs::copy(DANDELION, &photo).unwrap();
    let network = format!("--engine cpu --weights {FLOWERS}");
    for image in [&photo, folder.path()] {
        let ended = command(&format!("classify {network} --json --image"), folder.path())
            .arg(image)
            .output()
            .unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        let told: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert!(told[0]["image"].as_str().unwrap().ends_with("caf\u{fffd}.jpg"), "{told}");
        assert_eq!(told[0]["top"][0]["name"], "dandelion");
    }
    for kind in ["trace --image", "features --node avgpool --data"] {
        let (kind, rest) = kind.split_once(' ').unwrap();
        let mut ended = command(&format!("{kind} {network} {rest}"), folder.path());
        let ended = ended.arg(&photo).arg("--out").arg(&out).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        fs::remove_file(&out).unwrap();
    }
    let ended = command("classify --image x.jpg --weights", folder.path()).arg(&out).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("invalid UTF-8"));
}
