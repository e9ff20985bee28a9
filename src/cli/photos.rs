//! Photos from files and folders.

use super::Failure;
use crate::net::Graph;
use crate::photo::Photo;
use crate::photo::resample::Crop;
use crate::weights::safetensors::hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A decoded photo and the SHA-256 of its file.
pub(super) fn read(path: &Path) -> Result<(Photo, String), Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::user(error).of(path.display()))?;
    let photo = Photo::decode(&bytes).map_err(|error| Failure::from(error).of(path.display()))?;
    Ok((photo, hex(&Sha256::digest(&bytes))))
}

/// The files themselves, and of each folder the images in it and below, by name.
pub(super) fn list(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = all.len();
            add_folder(path, &mut all)?;
            if all.len() == before {
                return Err(Failure::user("there is no JPEG, PNG, WebP or GIF image in this folder")
                    .of(path.display()));
            }
        } else {
            all.push(path.clone());
        }
    }
    Ok(all)
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

fn add_folder(folder: &Path, all: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::user(error).of(folder.display());
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut entries =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort();
    for entry in entries {
        let extension = entry.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        if entry.is_dir() {
            add_folder(&entry, all)?;
        } else if matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png" | "webp" | "gif")) {
            all.push(entry);
        }
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
