//! What is to be explained?

use super::{ExplainError, Objective};
use crate::net::{Graph, NodeId};
use crate::run::{Run, RunError, check_channels};

/// A number that a network makes of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A class's logit: its value before softmax.
    Class(usize),
    /// How much the first class's logit is above the second's.
    Pair(usize, usize),
    /// The mean of a channel of a node.
    Channel {
        /// The node.
        node: String,
        /// Its channel.
        channel: usize,
    },
    /// One value.
    Value {
        /// The node.
        node: String,
        /// Its channel.
        channel: usize,
        /// Row.
        row: usize,
        /// Column.
        column: usize,
    },
}

impl Target {
    /// Reads a class's number or name, `NODE:CHANNEL` or `NODE:CHANNEL:ROW,COLUMN`.
    ///
    /// # Errors
    /// [`ExplainError::Target`], [`ExplainError::Ambiguous`] or [`ExplainError::Class`] if it is none of them;
    /// [`ExplainError::Run`] if there is no such node, channel or position.
    pub fn parse(text: &str, graph: &Graph, names: &[String]) -> Result<Self, ExplainError> {
        let missing = match find_class(text, graph, names) {
            Ok(class) => return Ok(Self::Class(class)),
            Err(error @ ExplainError::Target { .. }) => error,
            Err(error) => return Err(error),
        };
        let mut parts = text.split(':');
        let (node, channel) = (parts.next(), parts.next().and_then(|channel| channel.parse().ok()));
        let (Some(node), Some(channel)) = (node, channel) else { return Err(missing) };
        let node = node.to_owned();
        let target = match (parts.next(), parts.next()) {
            (None, _) => Self::Channel { node, channel },
            (Some(at), None) => {
                let at = at.split_once(',').and_then(|(y, x)| Some((y.parse().ok()?, x.parse().ok()?)));
                let Some((row, column)) = at else { return Err(missing) };
                Self::Value { node, channel, row, column }
            }
            _ => return Err(missing),
        };
        target.check(graph)?;
        Ok(target)
    }

    /// Whether the network has it.
    ///
    /// # Errors
    /// [`ExplainError::Class`]; [`ExplainError::Run`] if there is no such node, channel or position.
    pub fn check(&self, graph: &Graph) -> Result<(), ExplainError> {
        let classes = graph.classes();
        let class = |found: usize| match found < classes {
            true => Ok(()),
            false => Err(ExplainError::Class { classes, found }),
        };
        match self {
            Self::Class(one) => class(*one),
            Self::Pair(one, other) => class(*one).and_then(|()| class(*other)),
            Self::Channel { node, channel } | Self::Value { node, channel, .. } => {
                let shape = graph.node(graph.find(node).map_err(RunError::from)?).shape;
                check_channels(node, shape, &[*channel])?;
                let &Self::Value { row, column, .. } = self else { return Ok(()) };
                let (rows, columns) = (shape.h(), shape.w());
                if row < rows && column < columns {
                    return Ok(());
                }
                Err(RunError::Position { node: node.clone(), rows, columns, row, column }.into())
            }
        }
    }

    /// The classes whose logits it is made of, with their factors; none if it is no class.
    pub(crate) fn classes(&self) -> Vec<(usize, f64)> {
        match *self {
            Self::Class(class) => vec![(class, 1.0)],
            Self::Pair(one, other) => vec![(one, 1.0), (other, -1.0)],
            Self::Channel { .. } | Self::Value { .. } => Vec::new(),
        }
    }

    /// The node that it is read from.
    fn node(&self, graph: &Graph) -> Result<NodeId, RunError> {
        match self {
            Self::Class(_) | Self::Pair(..) => Ok(graph.logits),
            Self::Channel { node, .. } | Self::Value { node, .. } => Ok(graph.find(node)?),
        }
    }

    /// The same for gradients; from now on the run records the node that it is read from.
    ///
    /// # Errors
    /// As of [`Target::check`] and [`Run::activation`].
    pub async fn objective(&self, run: &mut Run) -> Result<Objective, ExplainError> {
        self.check(run.graph())?;
        let node = self.node(run.graph())?;
        let shape = run.view(node).await?.shape;
        let mut factors = vec![0.0; shape.c() * shape.area()];
        match *self {
            Self::Class(_) | Self::Pair(..) => {
                self.classes().iter().for_each(|(class, factor)| factors[*class] += *factor as f32);
            }
            Self::Channel { channel, .. } => {
                let area = shape.area();
                factors[channel * area..(channel + 1) * area].fill(1.0 / area as f32);
            }
            Self::Value { channel, row, column, .. } => {
                factors[(channel * shape.h() + row) * shape.w() + column] = 1.0;
            }
        }
        Ok(Objective { node, factors })
    }

    /// Its value for the selected picture.
    ///
    /// # Errors
    /// As of [`Target::values`].
    pub async fn value(&self, run: &mut Run) -> Result<f64, ExplainError> {
        Ok(self.values(run).await?[run.selected()])
    }

    /// Its value for each picture of a run.
    ///
    /// # Errors
    /// As of [`Target::check`] and [`Run::activation`].
    pub async fn values(&self, run: &mut Run) -> Result<Vec<f64>, ExplainError> {
        self.check(run.graph())?;
        let node = self.node(run.graph())?;
        let view = run.view(node).await?;
        let (size, width) = ([view.shape.h(), view.shape.w()], view.shape.w());
        let channels: Vec<(usize, f64)> = match self {
            Self::Channel { channel, .. } | Self::Value { channel, .. } => vec![(*channel, 1.0)],
            Self::Class(_) | Self::Pair(..) => self.classes(),
        };
        let numbers: Vec<usize> = channels.iter().map(|(channel, _)| *channel).collect();
        let mut values = Vec::with_capacity(run.batch());
        for picture in 0..run.batch() {
            // Only these channels are read back.
            let maps = run.engine_mut().small_maps(&view, picture, &numbers, size).await;
            let maps = maps.map_err(RunError::from)?;
            values.push(match *self {
                Self::Value { row, column, .. } => f64::from(maps[row * width + column]),
                _ => {
                    let means = maps.chunks(view.shape.area()).map(mean);
                    means.zip(&channels).map(|(mean, (_, factor))| mean * factor).sum()
                }
            });
        }
        Ok(values)
    }
}

/// The mean, in double precision.
pub(super) fn mean(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64
}

/// The class of that number or name; capital ASCII letters do not matter.
///
/// # Errors
/// [`ExplainError::Class`], [`ExplainError::Ambiguous`], [`ExplainError::Target`].
pub fn find_class(text: &str, graph: &Graph, names: &[String]) -> Result<usize, ExplainError> {
    let (found, classes) = (text.to_owned(), graph.classes());
    if let Ok(class) = text.parse() {
        return if class < classes { Ok(class) } else { Err(ExplainError::Class { classes, found: class }) };
    }
    let named = names.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(text));
    match named.map(|(class, _)| class).collect::<Vec<_>>().as_slice() {
        [class] => Ok(*class),
        [] => {
            let wanted = text.to_ascii_lowercase();
            let near = names.iter().filter(|name| name.to_ascii_lowercase().contains(&wanted));
            Err(ExplainError::Target { found, near: near.take(5).cloned().collect() })
        }
        several => {
            let numbers = several.iter().map(usize::to_string).collect();
            Err(ExplainError::Ambiguous { found, numbers })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Coded;
    use crate::net::zoo::{self, Options};

    #[test]
    fn targets_are_classes_channels_and_values() {
        let graph = zoo::build("googlenet", &Options { classes: Some(4), ..Options::default() }).unwrap();
        let names = ["crane", "Egyptian cat", "crane", "lynx"].map(str::to_owned);
        let node = || "inception4c".to_owned();
        let cases = [
            ("3", Ok(Target::Class(3))),
            ("egyptian cat", Ok(Target::Class(1))),
            ("inception4c:7", Ok(Target::Channel { node: node(), channel: 7 })),
            ("inception4c:7:13,0", Ok(Target::Value { node: node(), channel: 7, row: 13, column: 0 })),
            ("4", Err("target.class")),
            ("crane", Err("target.ambiguous")),
            ("cat", Err("target.unknown")),
            ("", Err("target.unknown")),
            ("inception4c", Err("target.unknown")),
            ("inception4c:x", Err("target.unknown")),
            ("inception4c:7:1", Err("target.unknown")),
            ("inception4c:7:1,2:3", Err("target.unknown")),
            ("nosuch:7", Err("node.unknown")),
            ("inception4c:512", Err("node.channel")),
            ("inception4c:7:14,0", Err("node.position")),
        ];
        for (text, expected) in cases {
            let found = Target::parse(text, &graph, &names).map_err(|error| error.code());
            assert_eq!(found, expected, "{text}");
        }
        let error = Target::parse("cat", &graph, &names).unwrap_err().to_string();
        assert!(error.ends_with("did you mean 'Egyptian cat'?"), "{error}");
    }
}
