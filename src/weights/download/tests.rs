use super::*;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// How each request in turn is answered: what the contents are and are called, and after how many bytes
/// of an answer the connection breaks.
struct Answer {
    contents: Vec<u8>,
    etag: &'static str,
    cut: usize,
    /// By how much a part begins later than was asked for.
    shift: usize,
}

/// Answers requests on a port of its own; returns its address, and where it notes ranges.
fn serve(answers: Vec<Answer>) -> (String, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/weights.bin", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = asked.clone();
    thread::spawn(move || {
        for Answer { contents, etag, cut, shift } in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut from = None;
            for line in BufReader::new(&stream).lines() {
                let line = line.unwrap().to_lowercase();
                if let Some(range) = line.strip_prefix("range: bytes=") {
                    from = range.trim_end_matches('-').parse().ok();
                }
                if line.is_empty() {
                    break;
                }
            }
            let status = if from.is_some() { "206 Partial Content" } else { "200 OK" };
            let body = &contents[from.map_or(0, |from| from + shift)..];
            notes.lock().unwrap().push(from.unwrap_or(0));
            let length = body.len();
            let range = from.map_or(String::new(), |from| {
                format!("content-range: bytes {}-{}/{}\r\n", from + shift, contents.len() - 1, contents.len())
            });
            let head = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\netag: \"{etag}\"\r\n{range}content-length: {length}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            // Whoever has enough goes away.
            let _ = stream.write_all(&body[..body.len().min(cut)]);
        }
    });
    (url, asked)
}

fn contents(seed: u8) -> Vec<u8> {
    (0..200_000_u32).map(|i| (i * 7 / 5) as u8 ^ seed).collect()
}

fn answer(seed: u8, etag: &'static str, cut: usize) -> Answer {
    Answer { contents: contents(seed), etag, cut, shift: 0 }
}

fn read(download: &mut Download) -> Vec<u8> {
    let mut bytes = Vec::new();
    download.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_broken_connection_goes_on_and_the_second_time_nothing_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (url, asked) = serve(vec![answer(0, "a", 90_000), answer(0, "a", usize::MAX)]);
    for _ in 0..2 {
        let mut download = Download::open(&url, None, Some(folder.path())).unwrap();
        assert!(read(&mut download) == contents(0));
        download.keep().unwrap();
    }
    assert_eq!(*asked.lock().unwrap(), [0, 90_000]);
    // What was kept is damaged: it is deleted, and said.
    let kept = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    fs::write(kept.into_iter().find(|path| path.extension().is_some_and(|e| e == "bin")).unwrap(), "no")
        .unwrap();
    let mut download = Download::open(&url, None, Some(folder.path())).unwrap();
    read(&mut download);
    assert!(download.keep().unwrap_err().to_string().contains("damaged"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_download_that_was_left_goes_on_unless_the_contents_changed() {
    for (etag, seed, expected) in [("a", 0, vec![0, 100_000]), ("b", 1, vec![0, 100_000, 0])] {
        let folder = tempfile::tempdir().unwrap();
        let again = |cut| answer(seed, etag, cut);
        let (url, asked) = serve(vec![answer(0, "a", usize::MAX), again(usize::MAX), again(usize::MAX)]);
        let mut download = Download::open(&url, None, Some(folder.path())).unwrap();
        download.read_exact(&mut vec![0; 100_000]).unwrap();
        drop(download);
        let mut download = Download::open(&url, None, Some(folder.path())).unwrap();
        assert!(read(&mut download) == contents(seed), "{etag}");
        assert_eq!(download.sha256(), hex(&Sha256::digest(contents(seed))));
        assert_eq!(*asked.lock().unwrap(), expected);
    }
}

#[test]
fn a_file_whose_name_states_another_digest_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (url, _) = serve(vec![answer(0, "a", usize::MAX), answer(0, "a", usize::MAX)]);
    let digest = hex(&Sha256::digest(contents(0)));
    for (digits, fits) in [("0123abcd", false), (&digest[..8], true)] {
        let url = url.replace("weights.bin", &format!("weights-{digits}.pth"));
        let mut download = Download::open(&url, None, Some(folder.path())).unwrap();
        read(&mut download);
        let kept = download.keep();
        assert_eq!(kept.is_ok(), fits, "{kept:?}");
        // The file and its digest.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), if fits { 2 } else { 0 });
    }
}

#[test]
fn contents_that_change_while_they_arrive_are_an_error() {
    let (url, _) =
        serve(vec![answer(0, "a", 90_000), answer(1, "b", usize::MAX), answer(1, "b", usize::MAX)]);
    let mut download = Download::open(&url, None, None).unwrap();
    assert!(download.read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn another_part_than_was_asked_for_is_not_put_behind_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let shifted = Answer { shift: 1, ..answer(0, "a", usize::MAX) };
    let (url, asked) = serve(vec![answer(0, "a", usize::MAX), shifted, answer(0, "a", usize::MAX)]);
    let mut download = Download::open(&url, None, Some(folder.path())).unwrap();
    download.read_exact(&mut vec![0; 100_000]).unwrap();
    drop(download);
    let mut download = Download::open(&url, None, Some(folder.path())).unwrap();
    assert!(read(&mut download) == contents(0));
    assert_eq!(*asked.lock().unwrap(), [0, 100_000, 0]);
}

#[test]
fn two_downloads_of_one_address_at_once_both_work_and_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (url, asked) = serve(vec![answer(0, "a", usize::MAX), answer(0, "a", usize::MAX)]);
    let mut first = Download::open(&url, None, Some(folder.path())).unwrap();
    first.read_exact(&mut vec![0; 50_000]).unwrap();
    let mut second = Download::open(&url, None, Some(folder.path())).unwrap();
    assert!(read(&mut second) == contents(0));
    second.keep().unwrap();
    assert!(read(&mut first) == contents(0)[50_000..]);
    first.keep().unwrap();
    let mut third = Download::open(&url, None, Some(folder.path())).unwrap();
    assert!(read(&mut third) == contents(0));
    third.keep().unwrap();
    assert_eq!(*asked.lock().unwrap(), [0, 0]);
}
