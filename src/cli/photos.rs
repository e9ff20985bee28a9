//! Photos from files and folders.

use super::Failure;
use crate::net::Graph;
use crate::photo::Photo;
use crate::photo::resample::Crop;
use crate::weights::safetensors::hex;
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// A decoded photo and the SHA-256 of its file.
pub(super) fn read(path: &Path) -> Result<(Photo, String), Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::user(error).of(path.display()))?;
    let photo = Photo::decode(&bytes).map_err(|error| Failure::from(error).of(path.display()))?;
    Ok((photo, hex(&Sha256::digest(&bytes))))
}

/// The files themselves; of each folder the images in it and below, by name; and what patterns such as `*.jpg` match,
/// which not every shell does itself.
pub(super) fn list(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let before = all.len();
        let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
        if let Some(pattern) = pattern {
            let failed = |error: &dyn Display| Failure::user(error).of(path.display());
            for found in glob::glob(pattern).map_err(|error| failed(&error))? {
                add(found.map_err(|error| failed(&error))?, &mut all)?;
            }
        } else if path.is_dir() {
            add(path.clone(), &mut all)?;
        } else {
            all.push(path.clone());
        }
        if all.len() == before {
            let wherever = if pattern.is_some() { "matches" } else { "is in this folder" };
            return Err(
                Failure::user(format!("no JPEG, PNG, WebP or GIF image {wherever}")).of(path.display())
            );
        }
    }
    Ok(all)
}

/// Bytes of decoded photos from which on no more are added to a batch: a phone's photo has 36 MB.
const BATCH_BYTES: usize = 64 << 20;

/// Photos with their paths, decoded a few at a time: memory does not grow with their number.
pub(super) struct Batches<'a> {
    paths: std::slice::Iter<'a, PathBuf>,
    most: usize,
}

impl<'a> Batches<'a> {
    pub(super) fn new(paths: &'a [PathBuf], most: usize) -> Self {
        Self { paths: paths.iter(), most }
    }
}

/// Photos of a batch, and why some are none.
pub(super) type Batch<'a> = Vec<(&'a Path, Result<Photo, Failure>)>;

impl<'a> Iterator for Batches<'a> {
    type Item = Batch<'a>;

    fn next(&mut self) -> Option<Batch<'a>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < self.most
            && bytes < BATCH_BYTES
            && let Some(path) = self.paths.next()
        {
            let photo = read(path).map(|(photo, _)| photo);
            bytes += photo.as_ref().map_or(0, |photo| photo.rgb.len());
            batch.push((path.as_path(), photo));
        }
        (!batch.is_empty()).then_some(batch)
    }
}

/// How many of a list are done. Shown where a person looks, unless the results themselves pass by there.
pub(super) fn progress(count: usize, prints: bool) -> ProgressBar {
    if prints && std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    ProgressBar::new(count as u64)
}

/// Images that lie together.
pub(super) struct Folder {
    /// None for the outermost one.
    pub(super) name: Option<String>,
    pub(super) photos: Vec<PathBuf>,
}

/// The images of a folder by the subfolder that they are in or below.
pub(super) fn by_folder(folder: &Path) -> Result<Vec<Folder>, Failure> {
    let mut folders: Vec<Folder> = Vec::new();
    for photo in list(&[folder.to_owned()])? {
        let within = photo.strip_prefix(folder).unwrap_or(&photo);
        let mut parts = within.iter();
        let name = parts.next().filter(|_| parts.next().is_some());
        let name = name.map(|name| name.to_string_lossy().into_owned());
        match folders.iter_mut().find(|folder| folder.name == name) {
            Some(folder) => folder.photos.push(photo),
            None => folders.push(Folder { name, photos: vec![photo] }),
        }
    }
    Ok(folders)
}

/// An image, or those in a folder and below.
fn add(path: PathBuf, all: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    if path.is_dir() {
        let failed = |error: std::io::Error| Failure::user(error).of(path.display());
        let entries = std::fs::read_dir(&path).map_err(failed)?;
        let mut entries =
            entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        entries.sort();
        for entry in entries {
            add(entry, all)?;
        }
    } else if matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png" | "webp" | "gif")) {
        all.push(path);
    }
    Ok(())
}

/// The crops of a photo that the network looks at: `count` of them as the profile says, or, not resized,
/// the photo itself.
pub(super) fn crops(graph: &Graph, photo: &Photo, count: usize, resize: bool) -> Result<Vec<Crop>, Failure> {
    let (profile, input) = (&graph.profile, graph.node(graph.input).shape.w());
    let Photo { width, height, .. } = *photo;
    if resize {
        return Ok(Crop::many(profile, width, height, input, count));
    }
    Ok(vec![Crop::whole(profile, width, height, input)?])
}
