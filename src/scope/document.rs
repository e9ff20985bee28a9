//! `docs/networks.md`: every network in numbers, beside the papers' own tables.

use super::{ScopeError, describe};
use crate::net::op::Window;
use crate::net::zoo::{NETWORKS, Options, build};
use crate::net::{Builder, Conv, Graph, GraphError, ModuleKind, NodeId, Profile};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A table of a paper.
#[derive(Deserialize)]
struct Table {
    source: String,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    rows: Vec<Vec<serde_json::Value>>,
}

/// The tables of `docs/papers.json`.
fn papers() -> BTreeMap<String, Table> {
    let all: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(include_str!("../../docs/papers.json")).unwrap_or_default();
    all.into_iter().filter_map(|(id, value)| Some((id, serde_json::from_value(value).ok()?))).collect()
}

/// The whole document, in Markdown.
pub fn document() -> Result<String, ScopeError> {
    let mut text = String::from(
        "# The networks\n\n\
         Made from the code by `inceptionscope models --markdown`. Parameters are learned values (weights, biases, batch norm \
         gamma and beta), MAC are multiply-adds of convolutions and linear layers for one picture. Totals leave auxiliary heads \
         out, as published totals do. The papers round and count differently: their tables stand beside ours, and nothing is \
         made to agree.\n\n\
         | network | parameters | GMAC | input | modules | nodes | variants | profiles |\n\
         | --- | ---: | ---: | --- | ---: | ---: | --- | --- |\n",
    );
    for network in NETWORKS {
        let s = super::summary(network, &Options::default())?;
        text += &format!(
            "| [{}](#{}) | {:.2} M | {:.2} | {} | {} | {} | {} | {} |\n",
            s.title,
            s.title.to_lowercase(),
            s.params as f64 / 1e6,
            s.macs as f64 / 1e9,
            s.input,
            s.modules,
            s.nodes,
            s.variants.join(", "),
            s.profiles.join(", "),
        );
    }
    let papers = papers();
    for network in NETWORKS {
        text += &of_network(&build(network.id, &Options::default())?)?;
        if network.id == "googlenet" {
            text += &paper_table(&papers, "googlenet_table1");
            text += "Ours differs where torchvision's weights do: batch norm adds parameters, and the 5×5 is a 3×3. \
                     `googlenet:published` is the paper's own network.\n";
        }
        if network.id == "xception" {
            text += &paper_table(&papers, "xception_table1");
        }
    }
    text += "\n## What factorising saves\n\nOne module's worth of the same job, built in different ways and counted by the same code.\n\n";
    text += &factorisations()?;
    text += "\n## Accuracy, as the papers report it\n";
    for id in [
        "imagenet_single_crop_nonblacklisted",
        "imagenet_10_or_12_crops",
        "imagenet_dense_or_144_crops",
        "imagenet_ensembles",
    ] {
        text += &paper_table(&papers, id);
    }
    Ok(text)
}

fn of_network(graph: &Graph) -> Result<String, ScopeError> {
    let d = describe(graph)?;
    let mut text = format!(
        "\n## {}\n\n{}. Input {}, profile {}.\n\n| module | id | lanes | output | parameters | M MAC |\n| --- | --- | --- | --- | ---: | ---: |\n",
        d.title, d.paper, d.input, d.profile.id
    );
    for module in &d.modules {
        let lanes: Vec<&str> = module.lanes.iter().map(|l| l.label.as_str()).collect();
        text += &format!(
            "| {} | `{}` | {} | {} | {} | {} |\n",
            module.label,
            module.id,
            lanes.join(", "),
            module.shape,
            thousands(module.params),
            millions(module.macs),
        );
    }
    text += &format!("| **total** | | | | {} | {} |\n", thousands(d.params), millions(d.macs));
    Ok(text)
}

fn paper_table(papers: &BTreeMap<String, Table>, id: &str) -> String {
    let Some(table) = papers.get(id) else { return String::new() };
    let mut text = format!("\n{}:\n\n| {} |\n|", table.source, table.columns.join(" | ").replace('_', " "));
    text += &" --- |".repeat(table.columns.len());
    text.push('\n');
    for row in &table.rows {
        let cells = row.iter().map(|cell| match cell {
            serde_json::Value::Null => "–".to_owned(),
            serde_json::Value::String(s) => s.clone(),
            other => other.to_string(),
        });
        text += &format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    }
    text.push('\n');
    text
}

/// The same job in several ways, counted.
fn factorisations() -> Result<String, GraphError> {
    type Chain = fn(&mut Builder, NodeId) -> NodeId;
    let rows: [(&str, &str, usize, usize, Chain); 9] = [
        ("5×5, 64 → 64 channels", "one 5×5", 64, 35, |n, x| n.conv("a", x, 64, Conv::same(5))),
        ("5×5, 64 → 64 channels", "two 3×3", 64, 35, |n, x| {
            let x = n.conv("a", x, 64, Conv::same(3));
            n.conv("b", x, 64, Conv::same(3))
        }),
        ("7×7, 192 → 192 channels", "one 7×7", 192, 17, |n, x| n.conv("a", x, 192, Conv::same(7))),
        ("7×7, 192 → 192 channels", "1×7 and 7×1", 192, 17, |n, x| {
            let x = n.conv("a", x, 192, Conv::same_hw(1, 7));
            n.conv("b", x, 192, Conv::same_hw(7, 1))
        }),
        ("Inception (3a)", "naive, no reductions", 192, 28, |n, x| inception_3a(n, x, false)),
        ("Inception (3a)", "with 1×1 reductions", 192, 28, |n, x| inception_3a(n, x, true)),
        ("3×3, 256 → 256 channels", "plain convolution", 256, 37, |n, x| {
            n.conv("a", x, 256, Conv::same(3))
        }),
        ("3×3, 256 → 256 channels", "1×1, then 3×3 in four towers of 64", 256, 37, |n, x| {
            // Figure 2 of the Xception paper: one 1×1 (here four of 64 filters), a 3×3 on each segment.
            let towers: Vec<NodeId> = (0..4)
                .map(|i| {
                    let segment = n.conv(&format!("a{i}"), x, 64, Conv::valid(1));
                    n.conv(&format!("b{i}"), segment, 64, Conv::same(3))
                })
                .collect();
            n.concat("cat", &towers)
        }),
        ("3×3, 256 → 256 channels", "\"extreme\" Inception: depthwise separable", 256, 37, |n, x| {
            let x = n.depthwise("a", x, Conv::same(3));
            n.conv("b", x, 256, Conv::valid(1))
        }),
    ];
    let mut text = String::from("| job | built as | parameters | M MAC |\n| --- | --- | ---: | ---: |\n");
    for (job, how, channels, size, chain) in rows {
        let (mut n, x) = Builder::new("sketch", None, Profile::timm(1e-3, 299), size);
        let x = n.conv2d("widen", x, channels, Conv::valid(1), false);
        n.module("job", job, ModuleKind::Inception);
        let y = chain(&mut n, x);
        n.module("head", "head", ModuleKind::Head);
        let y = n.global_avg_pool("pool", y);
        let graph = n.finish(y)?;
        let cost = graph.module_cost(1);
        text += &format!("| {job} | {how} | {} | {} |\n", thousands(cost.params), millions(cost.macs));
    }
    Ok(text)
}

fn inception_3a(n: &mut Builder, x: NodeId, reduced: bool) -> NodeId {
    let reduce = |n: &mut Builder, id: &str, width: usize| {
        if reduced { n.conv(id, x, width, Conv::valid(1)) } else { x }
    };
    let b1 = n.conv("1", x, 64, Conv::valid(1));
    let b3 = reduce(n, "3r", 96);
    let b3 = n.conv("3", b3, 128, Conv::same(3));
    let b5 = reduce(n, "5r", 16);
    let b5 = n.conv("5", b5, 32, Conv::same(5));
    let bp = n.max_pool("p", x, Window::square(3, 1).pad(1));
    let bp = if reduced { n.conv("pp", bp, 32, Conv::valid(1)) } else { bp };
    n.concat("cat", &[b1, b3, b5, bp])
}

/// `1 234 567`.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn millions(n: u64) -> String {
    format!("{:.1}", n as f64 / 1e6)
}
