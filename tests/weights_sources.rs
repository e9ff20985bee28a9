//! Weights from a server that behaves as public hosts do: redirects to another one, pieces that come
//! slowly, connections that break. The command line has to read on, or to say what to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::weights::safetensors::{self, Storage};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

fn flowers() -> Vec<u8> {
    std::fs::read(root().join("weights/googlenet_flowers.safetensors")).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Serves on a port of its own, and returns the port. The second server is the host that the first
/// redirects to, as the hub does.
fn serve(redirect_to: Option<u16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that gives up closes the connection: that is its right.
            thread::spawn(move || answer(stream, redirect_to));
        }
    });
    port
}

fn answer(mut stream: TcpStream, redirect_to: Option<u16>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut from = None;
    while let Some(line) = lines.next().transpose()?.filter(|line| !line.is_empty()) {
        if let Some(range) = line.to_lowercase().strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse::<usize>().ok();
        }
    }
    let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
    let head = |status: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: {length}\r\n")
    };
    if let Some(port) = redirect_to {
        let location = format!("Location: http://localhost:{port}{path}?signature=x\r\n\r\n");
        return stream.write_all((head("302 Found", 0) + &location).as_bytes());
    }
    match path.split('?').next().unwrap_or_default() {
        "/whole" | "/slow" => {
            let file = flowers();
            stream.write_all((head("200 OK", file.len()) + "\r\n").as_bytes())?;
            for piece in file.chunks(1_000_003) {
                if path.starts_with("/slow") {
                    thread::sleep(Duration::from_millis(50));
                }
                stream.write_all(piece)?;
            }
            Ok(())
        }
        "/broken" => {
            let file = flowers();
            stream.write_all((head("200 OK", file.len()) + "\r\n").as_bytes())?;
            stream.write_all(&file[..file.len() / 2])
        }
        "/page" => {
            let page = "<!DOCTYPE html><title>Sign in</title>";
            stream.write_all((head("200 OK", page.len()) + "\r\n" + page).as_bytes())
        }
        // At first what a portal says in place of any file; it names all contents alike.
        "/portal" => {
            let page = b"<!DOCTYPE html><title>Sign in</title>".to_vec();
            let body = if SIGNED_IN.swap(true, Ordering::SeqCst) { flowers() } else { page };
            let status = if from.is_some() { "206 Partial Content" } else { "200 OK" };
            let body = &body[from.unwrap_or(0)..];
            stream.write_all((head(status, body.len()) + "ETag: \"1\"\r\n\r\n").as_bytes())?;
            stream.write_all(body)
        }
        "/shards/model.safetensors.index.json" => {
            let names = SHARDS.map(|name| format!("{name:?}: {name:?}")).join(", ");
            let index = format!("{{\"weight_map\": {{{names}}}}}");
            stream.write_all((head("200 OK", index.len()) + "\r\n" + &index).as_bytes())
        }
        path if SHARDS.iter().any(|name| path.ends_with(name)) => {
            let (header, tensors) = safetensors::read(&flowers()).unwrap();
            let (first, second) = tensors.split_at(100);
            let half = if path.ends_with(SHARDS[0]) { first } else { second };
            let metadata = BTreeMap::from([("profile".to_owned(), header.metadata["profile"].clone())]);
            let mut shard = Vec::new();
            safetensors::write(&mut shard, half, Storage::F32, &metadata).unwrap();
            stream.write_all((head("200 OK", shard.len()) + "\r\n").as_bytes())?;
            stream.write_all(&shard)
        }
        _ => stream.write_all((head("404 Not Found", 0) + "\r\n").as_bytes()),
    }
}

const SHARDS: [&str; 2] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

/// Whether the portal lets through what is asked for.
static SIGNED_IN: AtomicBool = AtomicBool::new(false);

fn classify(weights: &str, more: &[&str]) -> Output {
    let cache = tempfile::tempdir().unwrap();
    classify_with(cache.path(), weights, more)
}

fn classify_with(cache: &Path, weights: &str, more: &[&str]) -> Output {
    command(cache, weights, more).output().unwrap()
}

fn command(cache: &Path, weights: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inceptionscope"));
    command
        .current_dir(root())
        .env("XDG_CACHE_HOME", cache)
        .args(["classify", "--engine", "cpu", "--weights", weights])
        .args(["--image", "www/samples/dandelion.jpg", "--json"])
        .args(more);
    command
}

fn names(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let top = all[0]["top"].as_array().unwrap();
    top.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn weights_are_read_through_redirects_and_slow_connections() {
    let hub = serve(Some(serve(None)));
    for path in ["whole", "slow"] {
        let output = classify(&format!("http://127.0.0.1:{hub}/{path}"), &[]);
        assert_eq!(names(&output)[0], "dandelion", "{path}");
    }
}

/// Several programs load one address into one cache, and one of them is killed: the others answer, and what is kept is
/// whole.
#[test]
fn programs_share_a_cache() {
    let (host, cache) = (serve(None), tempfile::tempdir().unwrap());
    let address = format!("http://127.0.0.1:{host}/slow");
    let mut killed = command(cache.path(), &address, &[]).stdout(Stdio::null()).spawn().unwrap();
    let others: Vec<_> = (0..4)
        .map(|_| {
            let mut program = command(cache.path(), &address, &[]);
            program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    thread::sleep(Duration::from_millis(200));
    killed.kill().unwrap();
    killed.wait().unwrap();
    for other in others {
        assert_eq!(names(&other.wait_with_output().unwrap())[0], "dandelion");
    }
    assert_eq!(names(&classify_with(cache.path(), &address, &[]))[0], "dandelion");
    let kept = std::fs::read_dir(cache.path().join("inceptionscope")).unwrap();
    let kept: Vec<_> = kept.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    let whole = flowers();
    let count = kept.iter().filter(|file| **file == whole).count();
    let sizes: Vec<_> = kept.iter().map(Vec::len).collect();
    assert!(count == 1 && kept.iter().all(|file| file.len() < 10_000 || *file == whole), "{sizes:?}");
}

#[test]
fn shards_are_read_by_the_address_of_their_index() {
    let hub = serve(Some(serve(None)));
    let index = format!("http://127.0.0.1:{hub}/shards/model.safetensors.index.json");
    let output = classify(&index, &["--profile", "timm"]);
    // Shards say nothing of classes.
    assert_eq!(names(&output)[0], "class 1");
}

#[test]
fn what_a_portal_says_in_place_of_a_file_is_not_kept() {
    let (host, cache) = (serve(None), tempfile::tempdir().unwrap());
    let address = format!("http://127.0.0.1:{host}/portal");
    let output = classify_with(cache.path(), &address, &[]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && message.contains("a web page"), "{message}");
    assert_eq!(names(&classify_with(cache.path(), &address, &[]))[0], "dandelion");
}

#[test]
fn what_a_server_does_wrong_is_said() {
    let hub = serve(Some(serve(None)));
    for (path, expected) in [
        ("missing", "404"),
        ("page", "a web page: the address does not lead to a weight file"),
        ("broken", "the connection broke after"),
    ] {
        let address = format!("http://127.0.0.1:{hub}/{path}");
        let output = classify(&address, &[]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{path}: {message}");
        assert!(message.contains(expected) && message.contains(&address), "{path}: {message}");
    }
    // Nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = classify(&format!("http://{closed}/whole"), &[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn classes_are_named_by_a_file() {
    let folder = std::env::temp_dir().join(format!("inceptionscope-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let weights = "weights/googlenet_flowers.safetensors";
    for (name, text) in [("names.txt", "a\nb\nc\nd\ne\n"), ("names.json", r#"["a","b","c","d","e"]"#)] {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        let output = classify(weights, &["--classes", file.to_str().unwrap()]);
        assert_eq!(names(&output)[0], "b", "dandelion is the second of five");
    }
    let file = folder.join("two.txt");
    std::fs::write(&file, "a\nb\n").unwrap();
    let output = classify(weights, &["--classes", file.to_str().unwrap()]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("two.txt: there are 2 class names, but the network has 5"), "{message}");
    std::fs::remove_dir_all(&folder).unwrap();
}
