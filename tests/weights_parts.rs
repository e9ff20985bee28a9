//! GoogLeNet as published, from a server that stands in for the public one and has its 116 parts. Their values are
//! not in this repository: `INCEPTIONSCOPE_REAL_WEIGHTS` names a folder with `googlenet_bvlc.safetensors`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::weights::parts::Parts;
use inceptionscope::weights::{Tensor, catalogue, safetensors};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

const ID: &str = "googlenet-bvlc";

/// The bytes of each part, by its path on the public host.
fn parts() -> Option<HashMap<String, Vec<u8>>> {
    let Some(folder) = std::env::var_os("INCEPTIONSCOPE_REAL_WEIGHTS") else {
        eprintln!("skipped: INCEPTIONSCOPE_REAL_WEIGHTS names no folder with googlenet_bvlc.safetensors");
        return None;
    };
    let file = std::fs::read(PathBuf::from(folder).join("googlenet_bvlc.safetensors")).unwrap();
    let tensors: HashMap<String, Tensor> = safetensors::read(&file).unwrap().1.into_iter().collect();
    let source = catalogue::find(ID).unwrap();
    let parts = Parts::new(source, source.parts_list().unwrap()).unwrap();
    let folder = source.url.strip_prefix("https:/").unwrap();
    let part = |part: &inceptionscope::weights::parts::Part| {
        let Tensor { shape, data } = &tensors[&part.name];
        // Filters stand as out,y,x,in.
        let [channels, pixels] = match shape[..] {
            [_, channels, rows, columns] => [channels, rows * columns],
            _ => [1, 1],
        };
        let filters = data.chunks(channels * pixels);
        let values = filters
            .flat_map(|filter| (0..pixels).flat_map(move |p| filter.iter().skip(p).step_by(pixels)))
            .flat_map(|value| value.to_le_bytes());
        (format!("{folder}{}", part.url), values.collect())
    };
    Some(parts.parts().iter().map(part).collect())
}

fn serve(parts: HashMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap_or_else(|| Ok(String::new())).unwrap_or_default();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let part = request.split(' ').nth(1).and_then(|path| parts.get(path));
            let (status, body) = part.map_or(("404 Not Found", &[][..]), |part| ("200 OK", part));
            let head =
                format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            // A client that has enough closes the connection.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    address
}

/// What the command line says of the cat, with weights from that server, and whether it succeeds.
fn cat(mirror: &str, cache: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_inceptionscope"))
        // There, no converted copy is in `weights/`.
        .current_dir(cache)
        .env("INCEPTIONSCOPE_MIRROR", mirror)
        .env("XDG_CACHE_HOME", cache)
        .args(["classify", "--engine", "cpu", "--weights", ID, "--image"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("www/samples/cat.jpg"))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn parts_make_one_file_that_is_kept() {
    let Some(mut parts) = parts() else { return };
    let cache = tempfile::tempdir().unwrap();
    let (good, text) = cat(&serve(parts.clone()), cache.path());
    assert!(good && text.contains("Egyptian cat"), "{text}");
    // Nobody listens at that port: what was kept is enough.
    let (good, text) = cat("http://127.0.0.1:9", cache.path());
    assert!(good && text.contains("Egyptian cat"), "{text}");

    let damaged = parts.iter_mut().find(|(path, _)| path.ends_with("inception_4a/3x3_filter.bin")).unwrap();
    damaged.1[7] ^= 1;
    let (good, text) = cat(&serve(parts), tempfile::tempdir().unwrap().path());
    assert!(!good && text.contains("inception4a.branch2.1.conv.weight is damaged"), "{text}");
}

#[test]
fn a_host_that_is_not_there_is_said_with_what_to_do() {
    let (good, text) = cat("http://127.0.0.1:9", tempfile::tempdir().unwrap().path());
    assert!(
        !good && text.contains("could not be downloaded") && text.contains("googlenet-torchvision"),
        "{text}"
    );
}
