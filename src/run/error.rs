//! Errors of networks and runs.

use crate::engine::EngineError;
use crate::error::{Coded, Fact, Facts};
use crate::net::{GraphError, Shape};
use crate::plan::PlanError;

/// Why a network cannot be run, or a question about a run cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The network, variant, profile or node does not exist.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// No plan can be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A value of the wrong size.
    #[error("{node} of {network} has {expected} values ({shape}), but {found} were given")]
    Input {
        /// The network.
        network: &'static str,
        /// The node that is written.
        node: String,
        /// Its shape.
        shape: Shape,
        /// How many values that is.
        expected: usize,
        /// How many there were.
        found: usize,
    },
    /// No pictures, or more than one at a time.
    #[error("expected 1 to {most} pictures, found {found}")]
    Pictures {
        /// The most that are run at once.
        most: usize,
        /// How many there were.
        found: usize,
    },
    /// Asked before a picture was run.
    #[error("nothing has been computed yet: run a picture first")]
    NotRun,
    /// Asked before its weights were there.
    #[error("{node} is not computed yet: weights are still arriving")]
    NotYet {
        /// The node.
        node: String,
    },
    /// The node needs weights that the file lacks.
    #[error(
        "{node} was not computed: the weight file has no weights for it (auxiliary heads are often left out)"
    )]
    NotComputed {
        /// The node.
        node: String,
    },
    /// A question about a prediction that there is not.
    #[error("the weight file has no classifier, so there is no prediction; what comes before it is computed")]
    NoClassifier,
    /// No such channel.
    #[error("{node} has {channels} channels; there is no channel {found}")]
    Channel {
        /// The node.
        node: String,
        /// How many it has.
        channels: usize,
        /// What was asked for.
        found: usize,
    },
    /// No such position.
    #[error(
        "the maps of {node} have {rows} rows and {columns} columns; there is no row {row}, column {column}"
    )]
    Position {
        /// The node.
        node: String,
        /// Rows that it has.
        rows: usize,
        /// Columns that it has.
        columns: usize,
        /// What was asked for.
        row: usize,
        /// What was asked for.
        column: usize,
    },
    /// A factor that is no number.
    #[error("{node} cannot be multiplied by {factor}: give a finite number")]
    Factor {
        /// The node.
        node: String,
        /// What was asked for.
        factor: f32,
    },
    /// Probabilities that are none.
    #[error(
        "the prediction is not finite: {count} of {classes} probabilities are NaN or infinite. \
         The weights contain such values, or intermediate values overflow"
    )]
    NotFinite {
        /// How many are not.
        count: usize,
        /// All of them.
        classes: usize,
    },
}

impl Coded for RunError {
    fn code(&self) -> &'static str {
        match self {
            Self::Graph(e) => e.code(),
            Self::Plan(e) => e.code(),
            Self::Engine(e) => e.code(),
            Self::Input { .. } => "input.size",
            Self::Pictures { .. } => "input.pictures",
            Self::NotRun => "run.none",
            Self::NotYet { .. } => "node.not_yet",
            Self::NotComputed { .. } => "node.no_weights",
            Self::NoClassifier => "answer.no_classifier",
            Self::Channel { .. } => "node.channel",
            Self::Position { .. } => "node.position",
            Self::Factor { .. } => "intervention.factor",
            Self::NotFinite { .. } => "answer.not_finite",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Graph(e) => e.facts(),
            Self::Plan(e) => e.facts(),
            Self::Engine(e) => e.facts(),
            Self::Input { network, node, shape, expected, found } => vec![
                ("network", (*network).into()),
                ("node", node.into()),
                ("shape", shape.to_string().into()),
                ("expected", (*expected).into()),
                ("found", (*found).into()),
            ],
            Self::Pictures { most, found } => vec![("most", (*most).into()), ("found", (*found).into())],
            Self::NotRun | Self::NoClassifier => Facts::new(),
            Self::NotFinite { count, classes } => {
                vec![("count", (*count).into()), ("classes", (*classes).into())]
            }
            Self::NotYet { node } | Self::NotComputed { node } => vec![("node", node.into())],
            Self::Channel { node, channels, found } => {
                vec![("node", node.into()), ("channels", (*channels).into()), ("found", (*found).into())]
            }
            Self::Position { node, rows, columns, row, column } => vec![
                ("node", node.into()),
                ("rows", (*rows).into()),
                ("columns", (*columns).into()),
                ("row", (*row).into()),
                ("column", (*column).into()),
            ],
            Self::Factor { node, factor } => {
                vec![("node", node.into()), ("factor", Fact::Number(f64::from(*factor)))]
            }
        }
    }
}
