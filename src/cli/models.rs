//! `models`: the networks and what they cost.

use super::Failure;
use super::output::{print, print_json};
use crate::net::zoo::{self, Options};
use crate::net::{Factorisation, Graph, factorisations};
use crate::report;
use clap::Args;
use std::iter;

/// Options of `models`.
#[derive(Args, Debug)]
pub struct Models {
    /// Show the modules, branches and ops of this network instead: id or id:variant
    model: Option<String>,
    /// Another graph of the same paper
    #[arg(long, requires = "model")]
    variant: Option<String>,
    /// JSON, for scripts
    #[arg(long)]
    json: bool,
    /// Compare the cost of the factorisations that the papers propose
    #[arg(long, conflicts_with = "model")]
    factorisations: bool,
    /// Print docs/networks.md: every module of every network, beside the papers' tables
    #[arg(long, conflicts_with_all = ["json", "model", "factorisations"])]
    markdown: bool,
}

impl Models {
    /// Prints what was asked for.
    ///
    /// # Errors
    /// If there is no such network or variant.
    pub fn run(&self) -> Result<(), Failure> {
        if self.markdown {
            return print(&report::document()?);
        }
        if self.factorisations {
            let all = factorisations()?;
            return if self.json { print_json(&all) } else { print(&side_by_side(&all)) };
        }
        if let Some(model) = &self.model {
            let graph = zoo::build(model, &Options { variant: self.variant.clone(), ..Options::default() })?;
            if self.json {
                return print_json(&report::describe(&graph)?);
            }
            let mut text = tree(&graph)?;
            for table in report::papers().iter().filter(|t| t.networks.iter().any(|id| id == graph.network)) {
                text += &table.markdown()?;
            }
            return print(&text);
        }
        if self.json {
            return print_json(&report::models()?);
        }
        let mut text = format!(
            "{:<28} {:>9} {:>8} {:>7} {:>7}  {:<12} {:>7} {:>8} {:>6}  profiles\n",
            "model", "params", "paper", "GMAC", "paper", "input", "modules", "branches", "nodes"
        );
        for network in zoo::NETWORKS {
            let variants = network.variants.iter().map(|v| Some(v.id));
            for variant in iter::once(None).chain(variants) {
                let options = Options { variant: variant.map(str::to_owned), ..Options::default() };
                let m = report::summary(network, &options)?;
                let (name, printed, profiles) = match variant {
                    None => (m.id.to_owned(), report::paper_costs(m.id), m.profiles.join(" ")),
                    Some(variant) => (format!("{}:{variant}", m.id), [None, None], String::new()),
                };
                let [params, macs] = printed.map(Option::unwrap_or_default);
                text += &format!(
                    "{name:<28} {:>7.2} M {params:>8} {:>7.2} {macs:>7}  {:<12} {:>7} {:>8} {:>6}  {profiles}\n",
                    m.params as f64 / 1e6,
                    m.macs as f64 / 1e9,
                    m.input.to_string(),
                    m.modules,
                    m.branches,
                    m.nodes,
                );
            }
        }
        text += "\nParameters and multiply-adds without auxiliary heads, beside the papers' figures, which are\n\
                 rounded. `inceptionscope models MODEL` shows one network in full, `models --factorisations` what\n\
                 factorising saves.\n";
        print(&text)
    }
}

/// What factorising saves.
fn side_by_side(all: &[Factorisation]) -> String {
    let mut text = String::new();
    for f in all {
        text += &format!("{} on {} ({})\n", f.job, f.input, f.source);
        for way in &f.ways {
            text += &format!(
                "  {:<64} {:>12} {:>8} weights {:>8} MAC {:>4.0} %\n",
                way.how,
                way.output.to_string(),
                report::short(way.params as f64),
                report::short(way.macs as f64),
                way.macs as f64 / f.ways[0].macs as f64 * 100.0,
            );
        }
        text.push('\n');
    }
    text
}

/// Modules, their lanes and recorded ops, with costs.
fn tree(graph: &Graph) -> Result<String, Failure> {
    let d = report::describe(graph)?;
    let cost = |params: u64, macs: u64| match (params, macs) {
        (0, 0) => String::new(),
        _ => format!("{:>10.3} M params {:>9.2} M MAC", params as f64 / 1e6, macs as f64 / 1e6),
    };
    let mut text = format!("{} ({})\n{}\n", d.title, d.paper, cost(d.params, d.macs));
    for (index, module) in d.modules.iter().enumerate() {
        let shape = module.shape.to_string();
        text += &format!(
            "\n{:<44} {:>14} {}\n",
            format!("{} [{}]", module.label, module.id),
            shape,
            cost(module.params, module.macs)
        );
        let lanes = (0..module.lanes.len()).map(Some).chain([None]);
        for lane in lanes {
            if let Some(lane) = lane {
                let l = &module.lanes[lane];
                text += &format!("  {:<57} {}\n", l.label, cost(l.params, l.macs));
            }
            for node in d.nodes.iter().filter(|n| n.module == index && n.lane == lane && n.recorded) {
                let fused = d.nodes.iter().filter(|n| n.unit == node.id);
                let (params, macs) = fused.fold((0, 0), |(p, m), n| (p + n.params, m + n.macs));
                text += &format!(
                    "    {:<30} {:<40} {:>12} {}\n",
                    node.id,
                    node.label(),
                    node.shape.to_string(),
                    cost(params, macs)
                );
            }
        }
    }
    Ok(text)
}
