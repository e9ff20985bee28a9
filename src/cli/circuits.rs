//! `circuits`: which channels is a channel linked with?

use super::options::Network;
use super::output::{self, print, print_json};
use super::{Failure, weights};
use crate::inspect::Links;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Options of `circuits`.
#[derive(Args, Debug)]
pub struct Circuits {
    #[command(flatten)]
    network: Network,
    /// Its node, see `models MODEL`
    #[arg(long, value_name = "NODE")]
    node: String,
    /// The channel, counted from 0
    #[arg(long)]
    channel: usize,
    /// How many excitatory and how many inhibitory links are listed, before and after
    #[arg(long, default_value_t = 12)]
    most: usize,
    /// Where to write JSON, with the kernels
    #[arg(long)]
    out: Option<PathBuf>,
    /// The same, on stdout
    #[arg(long)]
    json: bool,
}

/// A circuit, and what is needed to find it again.
#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    metadata: BTreeMap<String, String>,
    channel: usize,
    circuit: Vec<Links>,
}

impl Circuits {
    /// Lists the links of a channel.
    ///
    /// # Errors
    /// If the network cannot be opened, there is no such channel, or the file cannot be written.
    pub async fn run(&self) -> Result<(), Failure> {
        if let Some(out) = &self.out {
            output::ready(out, [self.network.file()])?;
        }
        let (mut opened, digest) = weights::open(&self.network, false).await?;
        let circuit = opened.run.circuit(&self.node, self.channel, self.most).await?;
        let mut metadata = output::metadata(&opened, digest, None);
        metadata.insert("node".to_owned(), self.node.clone());
        let found = Found { metadata, channel: self.channel, circuit };
        if let Some(out) = &self.out {
            output::write(out, &serde_json::to_vec_pretty(&found).map_err(Failure::internal)?)?;
        }
        if self.json { print_json(&found) } else { print(&self.text(&found.circuit)) }
    }

    fn text(&self, circuit: &[Links]) -> String {
        let mut text = String::new();
        for links in circuit {
            let (own, other) = (format!("{}:{}", self.node, self.channel), &links.node);
            let [reader, read] = if links.reads { [&own, other] } else { [other, &own] };
            let Links { shape: [rows, columns], size, .. } = links;
            text +=
                &format!("{reader} reads {read}: kernels of {rows}x{columns}, sizes add up to {size:.4}\n");
            for (kind, excites) in [("excitatory", true), ("inhibitory", false)] {
                text += &format!("  {kind:<10}       sum      size\n");
                for link in links.links.iter().filter(|link| (link.sum > 0.0) == excites) {
                    text += &format!("  {:>10} {:>9.4} {:>9.4}\n", link.channel, link.sum, link.size);
                }
            }
        }
        text
    }
}
