//! `features`: what chosen nodes make of many photos.

use super::options::Network;
use super::rows::{Rows, is_npy};
use super::{Failure, classify, output, photos, weights};
use crate::photo::Photo;
use crate::photo::resample::Crop;
use crate::run::{Input, Opened};
use clap::Args;
use std::path::{Path, PathBuf};

/// Options of `features`.
#[derive(Args, Debug)]
pub struct Features {
    #[command(flatten)]
    network: Network,
    /// Folders of photos (JPEG, PNG, WebP or GIF), photos, or patterns such as 'photos/*.jpg'
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Nodes, see `models MODEL`: avgpool,inception4c
    #[arg(long, required = true, value_name = "NODE", value_delimiter = ',')]
    node: Vec<String>,
    /// Where to write: a safetensors file with a tensor a node and the photos' names; or, for one node, a .npy file
    #[arg(long)]
    out: PathBuf,
    /// Do not resize or crop: images must have exactly the network's input size
    #[arg(long)]
    no_resize: bool,
    /// Photos that are run at a time: faster on a GPU. Fewer where photos are large: about 64 MB of pixels are held
    #[arg(long, default_value_t = 1, value_parser = classify::batch)]
    batch: usize,
}

impl Features {
    /// Runs the photos, a few at a time, and writes a row for each: of NaN for one that cannot be read.
    ///
    /// # Errors
    /// If the network cannot be opened, a node does not exist or is not computed, the file cannot be written, or photos
    /// could not be read.
    pub async fn run(&self) -> Result<(), Failure> {
        let paths = photos::list(&self.data)?;
        let mut nodes: Vec<String> = Vec::new();
        self.node.iter().filter(|node| !node.is_empty()).for_each(|node| {
            if !nodes.contains(node) {
                nodes.push(node.clone());
            }
        });
        if is_npy(&self.out) && nodes.len() > 1 {
            return Err(Failure::user("a .npy file holds one node; write several to a .safetensors file"));
        }
        let read = paths.iter().map(PathBuf::as_path).chain([self.network.file()]);
        output::ready(&self.out, read)?;
        let (mut opened, digest) = weights::open(&self.network, false).await?;
        let mut tables = Vec::new();
        for node in &nodes {
            let graph = opened.run.graph();
            tables.push((node.clone(), graph.node(graph.find(node)?).shape.dims()));
        }
        let mut metadata = output::metadata(&opened, digest, None);
        let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        metadata.insert("images".to_owned(), serde_json::to_string(&names).map_err(Failure::internal)?);
        let mut rows = Rows::create(&self.out, &tables, paths.len(), &metadata)?;

        let progress = photos::progress(paths.len(), false);
        let (mut row, mut failed) = (0, 0);
        for batch in photos::Batches::new(&paths, self.batch) {
            progress.inc(batch.len() as u64);
            let mut read = Vec::new();
            for (path, photo) in batch {
                match photo.and_then(|photo| self.cropped(&opened, path, photo)) {
                    Ok((photo, crop)) => read.push((row, photo, crop)),
                    Err(failure) => {
                        progress.suspend(|| output::note(&failure));
                        failed += 1;
                        (0..nodes.len()).try_for_each(|table| rows.put(table, row, None))?;
                    }
                }
                row += 1;
            }
            if read.is_empty() {
                continue;
            }
            let inputs: Vec<_> =
                read.iter().map(|(_, photo, crop)| Input::Photo(photo.view(), Some(*crop))).collect();
            opened.run.begin(&inputs).await?;
            opened.run.finish().await?;
            for (picture, (row, ..)) in read.iter().enumerate() {
                opened.run.select(picture)?;
                for (table, node) in nodes.iter().enumerate() {
                    rows.put(table, *row, Some(&opened.run.activation(node).await?.data))?;
                }
            }
        }
        progress.finish_and_clear();
        if failed == paths.len() {
            return Err(Failure::user("no photo could be read, so nothing is written"));
        }
        rows.finish()?;
        let (count, out) = (paths.len(), self.out.display());
        match failed {
            0 => output::note(format_args!("{count} photos, written to {out}. {}", opened.chosen)),
            _ => {
                let text =
                    format!("{failed} of {count} photos could not be read: their rows in {out} are NaN");
                return Err(Failure::user(text));
            }
        }
        Ok(())
    }

    fn cropped(&self, opened: &Opened, path: &Path, photo: Photo) -> Result<(Photo, Crop), Failure> {
        let crops = photos::crops(opened.run.graph(), &photo, 1, !self.no_resize);
        Ok((photo, crops.map_err(|failure| failure.of(path.display()))?[0]))
    }
}
