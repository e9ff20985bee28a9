//! `docs/networks.md`: every network in numbers, beside the papers' own tables.

use super::papers::{paper_costs, papers};
use super::{describe, summary};
use crate::net::zoo::{NETWORKS, Options, build};
use crate::net::{Graph, GraphError, factorisations};
use crate::run::RunError;

/// The whole document, in Markdown.
///
/// # Errors
/// If a network cannot be built or planned.
pub fn document() -> Result<String, RunError> {
    let mut text = String::from(
        "# The networks\n\n\
         Made from the code by `cargo run -q -- models --markdown > docs/networks.md`. Parameters are \
         learned values (weights, biases, batch norm gamma and beta), MAC are multiply-adds of convolutions and \
         linear layers for one picture. Totals leave auxiliary heads out, as published totals do. The papers round \
         and count differently: their figures stand beside ours as they are printed, and nothing is made to agree. \
         Each table says where it stands in its paper.\n\n\
         A node's id is the module's path in the reference implementation (torchvision for GoogLeNet, Inception-v3 and the \
         ResNets; timm for Inception-v4, Inception-ResNet-v2 and Xception; facenet-pytorch for Inception-ResNet-v1; \
         Cadene's for BN-Inception), so a forward hook there sees the node's value. With one exception: since timm 0.9 the \
         `X.bn` of Inception-v4 and Inception-ResNet-v2 is a `BatchNormAct2d`, a batch norm with its ReLU. There, timm's \
         `X.bn` is our `X`, and our `X.bn` is the batch norm alone ([how to compare](notebook.ipynb)).\n\n\
         | network | parameters | the paper's | GMAC | the paper's | input | modules | nodes | profiles |\n\
         | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | --- |\n",
    );
    for network in NETWORKS {
        let s = summary(network, &Options::default())?;
        let [params, macs] = paper_costs(s.id).map(|printed| printed.unwrap_or("–".to_owned()));
        text += &format!(
            "| [{}](#{}) | {:.2} M | {params} | {:.2} | {macs} | {} | {} | {} | {} |\n",
            s.title,
            s.title.to_lowercase(),
            s.params as f64 / 1e6,
            s.macs as f64 / 1e9,
            s.input,
            s.modules,
            s.nodes,
            s.profiles.join(", "),
        );
    }
    text += &variants()?;
    let tables = papers();
    for network in NETWORKS {
        text += &of_network(&build(network.id, &Options::default())?)?;
        for table in tables.iter().filter(|t| !t.is_of_accuracy() && t.id != "costs") {
            match table.networks.iter().position(|id| id == network.id) {
                Some(0) => text += &table.markdown()?,
                Some(_) => {
                    let first = crate::net::zoo::find(&table.networks[0])?.title;
                    text += &format!("\n{}: under [{first}](#{}).\n", table.source, first.to_lowercase());
                }
                None => {}
            }
        }
    }
    text += &factorised()?;
    text += "\n## Accuracy, as the papers report it\n";
    for table in tables.iter().filter(|t| t.is_of_accuracy()) {
        text += &table.markdown()?;
    }
    Ok(text)
}

/// Other graphs of the same papers.
fn variants() -> Result<String, RunError> {
    let mut text = String::from(
        "\n## Variants\n\n| variant | what it is | parameters | GMAC | input |\n| --- | --- | ---: | ---: | --- |\n",
    );
    for network in NETWORKS {
        for variant in network.variants {
            let options = Options { variant: Some(variant.id.to_owned()), ..Options::default() };
            let s = summary(network, &options)?;
            text += &format!(
                "| `{}:{}` | {} | {:.2} M | {:.2} | {} |\n",
                s.id,
                variant.id,
                variant.about,
                s.params as f64 / 1e6,
                s.macs as f64 / 1e9,
                s.input
            );
        }
    }
    Ok(text)
}

fn of_network(graph: &Graph) -> Result<String, RunError> {
    let d = describe(graph)?;
    let mut text = format!(
        "\n## {}\n\n{}. Input {}, profile {}.\n\n\
             | module | id | lanes | output | parameters | M MAC |\n| --- | --- | --- | --- | ---: | ---: |\n",
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

/// The papers' factorisations, costed side by side.
fn factorised() -> Result<String, GraphError> {
    let mut text = String::from(
        "\n## What factorising saves\n\n\
         The same job done in several ways, built and counted by the same code \
         (`inceptionscope models --factorisations`): \
         weights of convolutions alone, and their share of the first way's.\n",
    );
    for f in factorisations()? {
        text += &format!(
            "\n**{}** on {} ({}):\n\n\
             | way | output | parameters | M MAC | share |\n| --- | --- | ---: | ---: | ---: |\n",
            f.job, f.input, f.source
        );
        for way in &f.ways {
            text += &format!(
                "| {} | {} | {} | {} | {:.0} % |\n",
                way.how,
                way.output,
                thousands(way.params),
                millions(way.macs),
                way.macs as f64 / f.ways[0].macs as f64 * 100.0
            );
        }
    }
    Ok(text)
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
