//! The papers' own tables (`www/papers.json`, which the page fetches too), beside what is counted here.

use crate::net::op::Cost;
use crate::net::zoo::{Options, build};
use crate::net::{Graph, GraphError, decimal};
use serde::Deserialize;
use serde_json::Value;

/// A table of a paper.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "PaperTable"))]
pub struct Table {
    /// `googlenet_layers`.
    pub id: String,
    /// Paper and table.
    pub source: String,
    /// Ids of the networks that it is about.
    pub networks: Vec<String>,
    /// Headings.
    pub columns: Vec<String>,
    /// Cells: strings, numbers or null, as printed.
    #[cfg_attr(test, ts(type = "(string | number | null)[][]"))]
    pub rows: Vec<Vec<Value>>,
    /// What its rows are in a graph of ours.
    #[cfg_attr(test, ts(skip))]
    ours: Option<Ours>,
}

/// Where to count what a table's rows tell.
#[derive(Clone, Debug, Deserialize)]
struct Ours {
    /// `googlenet:published`.
    model: String,
    /// For each row the ids, separated by spaces, of its nodes or modules.
    nodes: Vec<String>,
}

/// All tables. They are for display: papers round, and count differently.
pub fn papers() -> Vec<Table> {
    // The file is part of the program; a test reads it.
    serde_json::from_str(include_str!("../../www/papers.json")).unwrap_or_default()
}

/// What a network's paper says of its size: parameters and multiply-adds, as printed.
pub fn paper_costs(network: &str) -> [Option<String>; 2] {
    let tables = papers();
    let row = tables.iter().find(|t| t.id == "costs").and_then(|t| t.rows.iter().find(|r| r[0] == network));
    [1, 2].map(|column| Some(row?.get(column)?.as_str()?.to_owned()))
}

impl Table {
    /// Whether it tells errors, not layers.
    pub fn is_of_accuracy(&self) -> bool {
        self.columns.iter().any(|column| column.contains("error"))
    }

    /// The table in Markdown; where rows are parts of a graph of ours, with what is counted there.
    ///
    /// # Errors
    /// [`GraphError`] if the network that the table is compared with cannot be built.
    pub fn markdown(&self) -> Result<String, GraphError> {
        let mut head = self.columns.clone();
        let mut rows: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(printed).collect()).collect();
        if let Some(ours) = &self.ours {
            let graph = build(&ours.model, &Options::default())?;
            head.extend(["parameters", "multiply-adds"].map(|what| format!("{what} of `{}`", ours.model)));
            for ((cells, row), nodes) in rows.iter_mut().zip(&self.rows).zip(&ours.nodes) {
                let cost = cost(&graph, nodes);
                let [params, macs] = [row.len() - 2, row.len() - 1].map(|i| number(row[i].as_str()));
                cells.push(beside(cost.params, params));
                cells.push(beside(cost.macs, macs));
            }
        }
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
        let rows: String = rows.iter().map(|row| line(row)).collect();
        Ok(format!("\n{}:\n\n{}{}{rows}", self.source, line(&head), line(&rule)))
    }
}

/// What nodes and modules with these ids cost together.
fn cost(graph: &Graph, ids: &str) -> Cost {
    let mut sum = Cost::default();
    for node in graph.ids() {
        let id = &graph.node(node).id;
        let within = |part: &str| id.strip_prefix(part).is_some_and(|r| r.is_empty() || r.starts_with('.'));
        if ids.split(' ').any(within) {
            sum += graph.cost(node);
        }
    }
    sum
}

/// A count, and how far it is from the paper's.
fn beside(ours: u64, paper: Option<f64>) -> String {
    let text = short(ours as f64);
    match paper {
        Some(paper) => format!("{text} ({:+.1} %)", (ours as f64 / paper - 1.0) * 100.0),
        None => text,
    }
}

/// `2.7K`, `360M`, `1.5G`, with three digits.
pub fn short(n: f64) -> String {
    let (value, unit) = match n {
        n if n >= 1e9 => (n / 1e9, "G"),
        n if n >= 1e6 => (n / 1e6, "M"),
        n => (n / 1e3, "K"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$}{unit}")
}

/// The number that [`short`] writes.
fn number(text: Option<&str>) -> Option<f64> {
    let text = text?;
    let unit = match text.chars().last()? {
        'K' => 1e3,
        'M' => 1e6,
        'G' => 1e9,
        _ => return None,
    };
    Some(decimal(&text[..text.len() - 1])? * unit)
}

fn printed(cell: &Value) -> String {
    match cell {
        Value::Null => "–".to_owned(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo;

    #[test]
    fn every_table_is_whole_and_about_networks_that_there_are() {
        let tables: Vec<Table> = serde_json::from_str(include_str!("../../www/papers.json")).unwrap();
        for table in &tables {
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.id);
            assert!(table.networks.iter().all(|id| zoo::find(id).is_ok()), "{}", table.id);
            let counted = table.ours.as_ref().map_or(table.rows.len(), |ours| ours.nodes.len());
            assert_eq!(counted, table.rows.len(), "{}", table.id);
            table.markdown().unwrap();
        }
        assert_eq!(paper_costs("googlenet"), [Some("6.8M".into()), Some("1.5G".into())]);
        assert_eq!(paper_costs("inception_v4"), [None, None]);
    }

    #[test]
    fn counts_are_shown_with_their_distance_from_the_papers() {
        let graph = build("googlenet:published", &Options::default()).unwrap();
        // 192·(64 + 96 + 16 + 32) + 9·96·128 + 25·16·32 weights and 368 biases.
        assert_eq!(cost(&graph, "inception3a").params, 163_328 + 368);
        assert_eq!(cost(&graph, "conv2 conv3").params, 64 * 64 + 9 * 64 * 192 + 64 + 192);
        assert_eq!(cost(&graph, "conv").params, 0);
        assert_eq!(beside(163_696, number(Some("159K"))), "164K (+3.0 %)");
        assert_eq!([2_700.0, 34e6, 1.5e9].map(short), ["2.70K", "34.0M", "1.50G"]);
    }
}
