//! What a picture is to excite.

use super::diversity::diversity;
use crate::explain::{ExplainError, Target, find_class};
use crate::net::{Graph, NodeId, Op, Shape, decimal};
use crate::run::{Activation, RunError, check_channels};

/// A number that a picture is to make large: a sum of terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// At least one.
    pub terms: Vec<Term>,
}

/// A part of an objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// By what it is multiplied: −1 for a picture that a channel does not like.
    pub factor: f32,
    /// The node that is read: before ReLU, where the node that was asked for is one.
    pub node: NodeId,
    /// What of it.
    pub aim: Aim,
}

/// What of a node's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The mean of a channel: of a class, its logit.
    Channel(usize),
    /// A channel's value in the middle.
    Centre(usize),
    /// All of it: the mean of the squares, as DeepDream has it.
    Layer,
    /// The dot product with what a given picture makes there, divided by that one's length, times the cosine of
    /// the two (at least 0.1): a caricature.
    Like,
    /// How much the pictures that are made at the same time differ there: minus the sum of the cosines of one's Gram matrix
    /// with the others'.
    Diversity,
}

/// The least cosine that a dot product is multiplied by.
const LEAST_COSINE: f64 = 0.1;

impl Objective {
    /// From text: terms that are added, each `[-][FACTOR*]` and then a class's number or name, `NODE:CHANNEL`,
    /// `NODE:CHANNEL:centre`, `NODE`, `like:NODE` or `diversity:NODE`.
    ///
    /// # Errors
    /// [`ExplainError::Target`], [`ExplainError::Class`], [`ExplainError::Ambiguous`]; [`ExplainError::Run`] if there is no
    /// such channel.
    pub fn parse(texts: &[String], graph: &Graph, names: &[String]) -> Result<Self, ExplainError> {
        let terms = texts.iter().map(|text| Term::parse(text, graph, names)).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// The nodes that are read.
    pub fn nodes(&self) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> = self.terms.iter().map(|term| term.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// Whether it compares with a given picture.
    pub fn compares(&self) -> bool {
        self.terms.iter().any(|term| term.aim == Aim::Like)
    }

    /// Whether it compares pictures with each other.
    pub fn differs(&self) -> bool {
        self.terms.iter().any(|term| term.aim == Aim::Diversity)
    }

    /// Its mean over pictures, and of each picture the gradient of the sum over all with respect to each node: what it would
    /// be for the picture alone, but for what compares pictures. `values` are those of the nodes, in the order of
    /// [`Objective::nodes`], picture by picture; `given` is what the given picture makes of the nodes, if there is one.
    pub(super) fn evaluate(
        &self,
        values: &[Vec<Activation>],
        given: &[Activation],
    ) -> (f64, Vec<Vec<Vec<f32>>>) {
        let nodes = self.nodes();
        let zeros = |own: &Vec<Activation>| own.iter().map(|value| vec![0.0; value.data.len()]).collect();
        let mut seeds: Vec<Vec<Vec<f32>>> = values.iter().map(zeros).collect();
        let mut mean = 0.0;
        for term in &self.terms {
            let Some(at) = nodes.iter().position(|node| *node == term.node) else { continue };
            let mut sum = 0.0;
            if term.aim == Aim::Diversity {
                sum = diversity(values, at, term.factor, &mut seeds);
            } else {
                for (own, seeds) in values.iter().zip(&mut seeds) {
                    sum += term.add(&own[at], given.get(at), &mut seeds[at]);
                }
            }
            mean += f64::from(term.factor) * sum / values.len() as f64;
        }
        (mean, seeds)
    }
}

impl Term {
    fn parse(text: &str, graph: &Graph, names: &[String]) -> Result<Self, ExplainError> {
        // The name of a class may have a hyphen or a star in it, but begins with neither.
        let (sign, rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
        let weighted = rest.split_once('*').and_then(|(factor, rest)| Some((decimal(factor)? as f32, rest)));
        let (factor, what) = weighted.filter(|(factor, _)| factor.is_finite()).unwrap_or((1.0, rest));
        let (node, aim) = aim(what, graph, names)?;
        Ok(Self { factor: sign * factor, node, aim })
    }

    /// Adds its gradient for one picture, and tells its value without the factor.
    fn add(&self, value: &Activation, given: Option<&Activation>, seed: &mut [f32]) -> f64 {
        let Activation { shape, data } = value;
        let area = shape.area();
        match self.aim {
            Aim::Channel(channel) => {
                let map = channel * area..(channel + 1) * area;
                seed[map.clone()].iter_mut().for_each(|g| *g += self.factor / area as f32);
                data[map].iter().map(|v| f64::from(*v)).sum::<f64>() / area as f64
            }
            Aim::Centre(channel) => {
                let at = channel * area + shape.h() / 2 * shape.w() + shape.w() / 2;
                seed[at] += self.factor;
                f64::from(data[at])
            }
            Aim::Layer => {
                let share = 2.0 * self.factor / data.len() as f32;
                seed.iter_mut().zip(data).for_each(|(g, v)| *g += share * v);
                data.iter().map(|v| f64::from(v * v)).sum::<f64>() / data.len() as f64
            }
            Aim::Like => {
                let Some(given) = given else { return 0.0 };
                let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
                let length = |a: &[f32]| dot(a, a).sqrt().max(1e-6);
                let (own, other) = (length(data), length(&given.data));
                let along = dot(data, &given.data) / other;
                let cosine = along / own;
                // Of along · cosine; with the least cosine, of along alone.
                let [given_share, own_share] = match cosine > LEAST_COSINE {
                    true => [2.0 * cosine / other, -cosine * cosine / own],
                    false => [LEAST_COSINE / other, 0.0],
                };
                let factor = f64::from(self.factor);
                let [given_share, own_share] = [given_share, own_share].map(|share| (factor * share) as f32);
                let both = given.data.iter().zip(data);
                seed.iter_mut().zip(both).for_each(|(g, (b, a))| *g += given_share * b + own_share * a);
                along * cosine.max(LEAST_COSINE)
            }
            // Of all pictures together.
            Aim::Diversity => 0.0,
        }
    }
}

/// What is named, without a factor.
fn aim(text: &str, graph: &Graph, names: &[String]) -> Result<(NodeId, Aim), ExplainError> {
    let node = |id: &str| graph.find(id).map_err(RunError::from);
    for (prefix, aim) in [("like:", Aim::Like), ("diversity:", Aim::Diversity)] {
        if let Some(id) = text.strip_prefix(prefix) {
            return Ok((node(id)?, aim));
        }
    }
    if let Some((id, channel)) = text.strip_suffix(":centre").and_then(|rest| rest.rsplit_once(':'))
        && let Ok(channel) = channel.parse()
    {
        let (node, channel) = before_relu(graph, id, channel)?;
        return Ok((node, Aim::Centre(channel)));
    }
    if let Ok(node) = graph.find(text)
        && find_class(text, graph, names).is_err()
    {
        return Ok((node, Aim::Layer));
    }
    match Target::parse(text, graph, names)? {
        Target::Class(class) => Ok((graph.logits, Aim::Channel(class))),
        Target::Channel { node, channel } => {
            let (node, channel) = before_relu(graph, &node, channel)?;
            Ok((node, Aim::Channel(channel)))
        }
        // The map has another size with every picture.
        Target::Pair(..) | Target::Value { .. } => {
            Err(ExplainError::Target { found: text.to_owned(), near: Vec::new() })
        }
    }
}

/// Where a channel comes from, before its ReLU where there is one: from there on a gradient comes back even where the
/// channel is silent.
fn before_relu(graph: &Graph, id: &str, channel: usize) -> Result<(NodeId, usize), RunError> {
    let node = graph.find(id)?;
    let shape: Shape = graph.node(node).shape;
    check_channels(id, shape, &[channel])?;
    let (node, channel) = graph.source(node, channel);
    match graph.node(node).op {
        Op::Relu => Ok((graph.node(node).inputs[0], channel)),
        _ => Ok((node, channel)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::zoo::{self, Options};

    fn small() -> Graph {
        zoo::build("googlenet", &Options { classes: Some(3), ..Options::default() }).unwrap()
    }

    #[test]
    fn objectives_are_read() {
        let graph = small();
        let names = ["crane", "fox", "inception4a"].map(str::to_owned);
        let parse =
            |text: &str| Objective::parse(&[text.to_owned()], &graph, &names).map(|all| all.terms[0].clone());
        let name = |term: &Term| (graph.node(term.node).id.clone(), term.factor, term.aim);
        let found = |text: &str| name(&parse(text).unwrap());
        let own = |id: &str, factor: f32, aim: Aim| (id.to_owned(), factor, aim);
        // 4a: 192 of 1×1, 208 of 3×3, 48 of 5×5, 64 of the pool.
        assert_eq!(found("inception4a:191"), own("inception4a.branch1.bn", 1.0, Aim::Channel(191)));
        assert_eq!(found("-inception4a:192"), own("inception4a.branch2.1.bn", -1.0, Aim::Channel(0)));
        assert_eq!(found("0.5*inception4a:0:centre"), own("inception4a.branch1.bn", 0.5, Aim::Centre(0)));
        assert_eq!(found("-2*fox"), own("fc", -2.0, Aim::Channel(1)));
        assert_eq!(found("inception4b"), own("inception4b", 1.0, Aim::Layer));
        assert_eq!(found("inception4a"), own("fc", 1.0, Aim::Channel(2)));
        assert_eq!(found("like:inception4b"), own("inception4b", 1.0, Aim::Like));
        assert_eq!(found("100*diversity:inception4b"), own("inception4b", 100.0, Aim::Diversity));
        for text in
            ["", "wolf", "like:nosuch", "inception4a:512", "inception4a:1:2,3", "inception4a:x:centre"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn gradients_are_those_of_the_value() {
        let graph = small();
        let node = graph.find("inception4b").unwrap();
        let shape = Shape::map(2, 3, 4);
        let noise = |seed: u64| -> Vec<f32> {
            crate::weights::recipe::normals("objective", seed).take(24).map(|n| n as f32).collect()
        };
        let at = |data: Vec<f32>| vec![Activation { shape, data }];
        let (along, given) = (noise(2), noise(3));
        let opposite: Vec<f32> = given.iter().map(|v| -v).collect();
        for (aim, given) in [
            (Aim::Channel(1), &given),
            (Aim::Centre(0), &given),
            (Aim::Layer, &given),
            (Aim::Like, &given),
            (Aim::Like, &opposite),
        ] {
            let objective = Objective { terms: vec![Term { factor: 1.5, node, aim }] };
            // Near to what is given, or opposite to it.
            let start: Vec<f32> = noise(1).iter().zip(&noise(3)).map(|(a, b)| a + b).collect();
            let moved = |by: f32| start.iter().zip(&along).map(|(v, d)| v + by * d).collect();
            let value = |by: f32| objective.evaluate(&[at(moved(by))], &at(given.clone())).0;
            let seeds = objective.evaluate(&[at(moved(0.0))], &at(given.clone())).1;
            let slope: f64 = seeds[0][0].iter().zip(&along).map(|(g, d)| f64::from(g * d)).sum();
            let measured = (value(1e-2) - value(-1e-2)) / 2e-2;
            assert!((slope - measured).abs() < 1e-3 * (1.0 + slope.abs()), "{aim:?}: {slope} {measured}");
        }
    }

    #[test]
    fn pictures_differ_in_which_channels_speak_together() {
        let graph = small();
        let node = graph.find("inception4b").unwrap();
        let shape = Shape::map(2, 1, 3);
        let at = |data: &[f32]| vec![Activation { shape, data: data.to_vec() }];
        let objective = |factor: f32| Objective { terms: vec![Term { factor, node, aim: Aim::Diversity }] };
        let value = |pictures: &[Vec<Activation>]| objective(1.0).evaluate(pictures, &[]).0;
        // The same elsewhere in the picture and larger, other channels, and both of them.
        let (first, moved) = (at(&[1.0, 2.0, 0.0, 0.0, 0.0, 0.0]), at(&[0.0, 2.0, 4.0, 0.0, 0.0, 0.0]));
        let (other, both) = (at(&[0.0, 0.0, 0.0, 0.0, 3.0, 1.0]), at(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
        assert!((value(&[first.clone(), moved]) + 1.0).abs() < 1e-6);
        assert!(value(&[first.clone(), other.clone()]).abs() < 1e-6);
        // The cosine of [[1, 0], [0, 0]] with [[1, 0], [0, 1]], two pairs of three pictures, each counted for both of its two.
        let expected = -2.0 * 2.0 * 0.5f64.sqrt() / 3.0;
        assert!((value(&[first, other, both]) - expected).abs() < 1e-6);

        let normals =
            |seed: u64| crate::weights::recipe::normals("diversity", seed).take(18).collect::<Vec<f64>>();
        let (values, noise) = (normals(1).iter().map(|n| *n as f32).collect::<Vec<_>>(), normals(2));
        let pictures: Vec<_> = values.chunks(6).map(at).collect();
        let seeds = objective(0.5).evaluate(&pictures, &[]).1;
        let moved = |by: f64| {
            let mut pictures = pictures.clone();
            let values = pictures.iter_mut().flat_map(|own| &mut own[0].data);
            values.zip(&noise).for_each(|(value, along)| *value += (by * along) as f32);
            3.0 * objective(0.5).evaluate(&pictures, &[]).0
        };
        let slope: f64 =
            seeds.iter().flat_map(|own| &own[0]).zip(&noise).map(|(g, along)| f64::from(*g) * along).sum();
        let measured = (moved(1e-3) - moved(-1e-3)) / 2e-3;
        assert!(slope.abs() > 0.01 && (slope - measured).abs() < 1e-3 * slope.abs(), "{slope} {measured}");
    }
}
