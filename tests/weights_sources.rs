//! Weights from a server that behaves as public hosts do: redirects to another one, pieces that come
//! slowly, connections that break. The command line has to read on, or to say what to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
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
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
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
        _ => stream.write_all((head("404 Not Found", 0) + "\r\n").as_bytes()),
    }
}

fn classify(weights: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inceptionscope"))
        .current_dir(root())
        .args(["classify", "--engine", "cpu", "--weights", weights])
        .args(["--image", "www/samples/dandelion.jpg", "--json"])
        .args(more)
        .output()
        .unwrap()
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
