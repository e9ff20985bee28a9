//! Weight files from addresses, kept in the user's cache folder: a second run needs no network, and a
//! download that broke off goes on where it did.

use super::catalogue::Source;
use super::parts::Parts;
use super::safetensors::hex;
use super::{WeightsError, file_name_digest};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The address of a server that has copies of public files.
const MIRROR: &str = "INCEPTIONSCOPE_MIRROR";
/// How long a host may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the first of many parts may take: whoever has an alternative wants to know soon.
const FIRST_PART: Duration = Duration::from_secs(4);
/// Consecutive broken connections after which a download fails.
const ATTEMPTS: u32 = 4;

/// A weight file as it arrives: first what the cache has, then the rest from its address.
pub struct Download {
    url: String,
    /// Where it is kept; `None` if there is no folder for that.
    path: Option<PathBuf>,
    kept: Option<File>,
    /// The SHA-256 that a whole kept file had.
    recorded: Option<String>,
    body: Option<Box<dyn Read>>,
    /// The body retries on its own: an error from it is final.
    whole: bool,
    /// What is read of the body is written here.
    part: Option<File>,
    /// What the server calls these contents.
    version: Option<String>,
    position: u64,
    digest: Sha256,
    bar: ProgressBar,
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download")
            .field("url", &self.url)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Download {
    /// Opens a file at an address. `expected` is its SHA-256, if known: another file that was kept of this
    /// address is not used. `folder` is where files are kept; see [`folder`].
    ///
    /// # Errors
    /// If the server cannot be reached, refuses, or the cache folder cannot be written.
    pub fn open(url: &str, expected: Option<&str>, folder: Option<&Path>) -> io::Result<Self> {
        let mut download = Self::new(url, folder);
        if !download.find(expected) {
            download.resume(expected)?;
        }
        Ok(download)
    }

    /// Opens a source of many parts, as the one file that they make. They come anew if not all of them were kept.
    ///
    /// # Errors
    /// Those of [`Download::open`].
    pub fn open_parts(source: &Source, parts: Parts, folder: Option<&Path>) -> io::Result<Self> {
        let mut download = Self::new(&source.url, folder);
        // Another list makes another file.
        let list = download.path.as_ref().map(|path| with(path, "list"));
        let listed = hex(&Sha256::digest(parts.header()));
        let same =
            list.as_ref().is_some_and(|list| fs::read_to_string(list).is_ok_and(|kept| kept == listed));
        if same && download.find(None) {
            return Ok(download);
        }
        download.bar.set_length(source.bytes);
        let mut body =
            Assembly { url: source.url.clone(), agent: agent(), next: 0, ready: Cursor::default(), parts };
        // Whether its host is there is said at once.
        body.fetch()?;
        body.ready = Cursor::new([body.parts.header(), body.ready.into_inner()].concat());
        download.body = Some(Box::new(body));
        if let (Some(path), Some(list)) = (&download.path, list) {
            download.part = claim(&with(path, "part"))?;
            if let Some(part) = &download.part {
                part.set_len(0)?;
                fs::write(list, listed)?;
            }
        }
        download.whole = true;
        Ok(download)
    }

    /// Nothing is there yet.
    fn new(url: &str, folder: Option<&Path>) -> Self {
        let name = url
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or("weights")
            .replace(|c: char| !c.is_ascii_alphanumeric() && !".-_".contains(c), "_");
        let key = &hex(&Sha256::digest(url))[..16];
        let path = folder.map(|folder| folder.join(format!("{key}-{name}")));
        let style = ProgressStyle::with_template("{msg} {bar:30} {bytes} of {total_bytes}, {eta} left");
        let bar = ProgressBar::no_length().with_message(name);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            url: url.to_owned(),
            path,
            kept: None,
            recorded: None,
            body: None,
            whole: false,
            part: None,
            version: None,
            position: 0,
            digest: Sha256::new(),
            bar,
        }
    }

    /// Finds what is kept of it, if it is whole.
    fn find(&mut self, expected: Option<&str>) -> bool {
        if let Some(path) = &self.path
            && let Ok(digest) = fs::read_to_string(with(path, "sha256"))
            && expected.is_none_or(|expected| expected == digest)
            && let Ok(file) = File::open(path)
        {
            (self.kept, self.recorded) = (Some(file), Some(digest));
            return true;
        }
        false
    }

    /// Opens what is kept of a download that broke off, and asks for the rest. While another process loads the
    /// same file, nothing is kept here.
    fn resume(&mut self, expected: Option<&str>) -> io::Result<()> {
        let Some(path) = self.path.clone() else { return self.ask(0, None).map(drop) };
        let Some(part) = claim(&with(&path, "part"))? else {
            self.path = None;
            return self.ask(0, None).map(drop);
        };
        // The other process may have finished just now: what was claimed is then the whole file.
        if self.find(expected) {
            return Ok(());
        }
        let version = fs::read_to_string(with(&path, "version")).ok();
        let from = if version.is_some() { part.metadata()?.len() } else { 0 };
        if self.ask(from, version.as_deref())? > 0 {
            self.kept = Some(File::open(with(&path, "part"))?);
        } else {
            part.set_len(0)?;
            match &self.version {
                Some(version) => fs::write(with(&path, "version"), version)?,
                None => fs::remove_file(with(&path, "version")).or_else(absent)?,
            }
        }
        self.part = Some(part);
        Ok(())
    }

    /// Asks for the file from a position on; returns from which it comes: 0 if the server gives no parts, or
    /// has other contents by now.
    fn ask(&mut self, from: u64, version: Option<&str>) -> io::Result<u64> {
        let request = |from: u64| {
            let get = ureq::get(mirrored(&self.url));
            let get = if from > 0 { get.header("range", format!("bytes={from}-")) } else { get };
            get.call().map_err(|e| match e {
                ureq::Error::Io(e) => e,
                e => io::Error::other(e),
            })
        };
        let mut response = if from > 0 { request(from).or_else(|_| request(0))? } else { request(0)? };
        let named = |response: &ureq::http::Response<ureq::Body>| {
            let header =
                |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            header("etag").filter(|etag| !etag.starts_with("W/")).or_else(|| header("last-modified"))
        };
        let mut at = if response.status() == 206 { from } else { 0 };
        // Another part than was asked for is of no use either.
        if at > 0 && (named(&response).as_deref() != version || begins(&response) != Some(at)) {
            (response, at) = (request(0)?, 0);
        }
        self.version = named(&response);
        let length = response.body().content_length();
        self.bar.set_length(length.map_or(0, |length| length + at));
        self.body = Some(Box::new(response.into_body().into_reader()));
        Ok(at)
    }

    /// The connection broke: goes on from the position, if the server lets it.
    fn reconnect(&mut self) -> io::Result<()> {
        let version = self.version.clone();
        let at = self.ask(self.position, version.as_deref())?;
        if at != self.position {
            return Err(io::Error::other("the connection broke, and the server does not support resuming"));
        }
        Ok(())
    }

    /// The SHA-256 of what has been read.
    pub fn sha256(&self) -> String {
        hex(&self.digest.clone().finalize())
    }

    /// The file has been read to its end, and is good: keeps it for the next run.
    ///
    /// # Errors
    /// If the file on disk is damaged or cannot be written.
    pub fn keep(self) -> io::Result<()> {
        self.bar.finish_and_clear();
        let digest = self.sha256();
        if self.recorded.as_ref().is_some_and(|recorded| *recorded != digest) {
            self.discard()?;
            return Err(io::Error::other("the cached copy was damaged and has been deleted; run this again"));
        }
        if let Some(expected) = file_name_digest(&self.url).filter(|digits| !digest.starts_with(digits)) {
            let error = WeightsError::Digest { expected: expected.to_owned(), found: digest };
            self.discard()?;
            return Err(io::Error::other(error));
        }
        let (Some(path), Some(mut part)) = (&self.path, self.part) else { return Ok(()) };
        part.flush()?;
        part.sync_all()?;
        fs::rename(with(path, "part"), path)?;
        fs::write(with(path, "sha256"), digest)?;
        fs::remove_file(with(path, "version")).or_else(absent)
    }

    /// The file is of no use: deletes what is kept of it.
    ///
    /// # Errors
    /// If the file on disk cannot be deleted.
    pub fn discard(self) -> io::Result<()> {
        self.bar.finish_and_clear();
        let Some(path) = &self.path else { return Ok(()) };
        for file in [
            path.clone(),
            with(path, "part"),
            with(path, "version"),
            with(path, "sha256"),
            with(path, "list"),
        ] {
            fs::remove_file(file).or_else(absent)?;
        }
        Ok(())
    }
}

/// The parts of a source, each fetched when it is needed.
struct Assembly {
    url: String,
    agent: ureq::Agent,
    parts: Parts,
    /// The part that comes after what is ready.
    next: usize,
    ready: Cursor<Vec<u8>>,
}

impl Assembly {
    /// Fetches the next part, again if it breaks.
    fn fetch(&mut self) -> io::Result<()> {
        let part = &self.parts.parts()[self.next];
        let url = mirrored(&format!("{}{}", self.url, part.url));
        let limit = part.bytes as u64 + 1;
        let first = (self.next == 0).then_some(FIRST_PART);
        let get = || -> io::Result<Vec<u8>> {
            let request = self.agent.get(&url).config().timeout_global(first).build();
            let mut response = request.call().map_err(ureq::Error::into_io)?;
            response.body_mut().with_config().limit(limit).read_to_vec().map_err(ureq::Error::into_io)
        };
        let mut attempt = 0;
        let bytes = loop {
            match get() {
                Ok(bytes) => break bytes,
                // A host that is not there at the first part is not there.
                Err(error) if attempt == ATTEMPTS || self.next == 0 => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(300 << attempt)),
            }
            attempt += 1;
        };
        let values = self.parts.values(self.next, &bytes);
        self.ready = Cursor::new(values.map_err(|error| io::Error::other(format!("{url}: {error}")))?);
        self.next += 1;
        Ok(())
    }
}

impl Read for Assembly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.ready.read(buffer)?;
        if count > 0 || buffer.is_empty() || self.next == self.parts.parts().len() {
            return Ok(count);
        }
        self.fetch()?;
        self.ready.read(buffer)
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    config.timeout_connect(Some(PATIENCE)).timeout_recv_response(Some(PATIENCE)).build().into()
}

/// Where a file is fetched from: its address, or with `INCEPTIONSCOPE_MIRROR` a folder of that server by the name of
/// the address's host.
fn mirrored(url: &str) -> String {
    match (std::env::var(MIRROR), url.split_once("://")) {
        (Ok(mirror), Some((_, path))) if !mirror.is_empty() => {
            format!("{}/{path}", mirror.trim_end_matches('/'))
        }
        _ => url.to_owned(),
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = match &mut self.kept {
            Some(kept) => kept.read(buffer)?,
            None => 0,
        };
        if count == 0 {
            self.kept = None;
            let mut attempt = 0;
            while let Some(body) = &mut self.body {
                match body.read(buffer) {
                    Ok(read) => {
                        count = read;
                        break;
                    }
                    Err(error) if attempt == ATTEMPTS || self.whole => return Err(error),
                    Err(_) => {
                        std::thread::sleep(Duration::from_millis(300 << attempt));
                        attempt += 1;
                        self.reconnect()?;
                    }
                }
            }
            if let Some(part) = &mut self.part {
                part.write_all(&buffer[..count])?;
            }
        }
        self.position += count as u64;
        self.digest.update(&buffer[..count]);
        self.bar.set_position(self.position);
        Ok(count)
    }
}

/// Where weights are kept: `inceptionscope` in the user's cache folder (`$XDG_CACHE_HOME`, or what the
/// system has instead).
pub fn folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|folder| folder.join("inceptionscope"))
}

/// The position from which a server sends a part: `content-range: bytes 100-199/200`.
fn begins(response: &ureq::http::Response<ureq::Body>) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// The file that a download is written to, for this process alone; none while another process writes it.
fn claim(part: &Path) -> io::Result<Option<File>> {
    if let Some(folder) = part.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().create(true).append(true).open(part)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // Some file systems have no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

fn with(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests;
