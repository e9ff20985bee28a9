//! Where in a pickle the weights are: training scripts put a state_dict beside optimisers and
//! histories, keep a moving average of it, or pickle the whole model.

use super::pickle::{Id, Pickle, Value};
use crate::weights::{Warning, WeightsError};
use std::collections::{HashMap, HashSet};

/// Modules within modules, of a pickled model.
const MAX_DEPTH: usize = 32;

/// The weights of a pickle.
pub(super) struct Chosen {
    /// Their names, and the values that they are.
    pub(super) items: Vec<(String, Id)>,
    /// That there is more than one copy of them.
    pub(super) warning: Option<Warning>,
}

/// The largest dict of tensors; of several that hold about as many the first that is not a moving average, or
/// with `ema` the first that is one.
pub(super) fn choose(
    pickle: &Pickle,
    is_tensor: &dyn Fn(Id) -> bool,
    ema: bool,
) -> Result<Chosen, WeightsError> {
    let count = |id: Id| pickle.items(id).iter().filter(|(_, value)| is_tensor(*value)).count();
    let dicts: Vec<(Id, usize)> = (0..pickle.values.len()).map(|id| (id, count(id))).collect();
    let most = dicts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    if most == 0 {
        return Err(WeightsError::Unsupported {
            what: "a PyTorch file without a dict of tensors",
            advice: "save model.state_dict()",
        });
    }
    let names = names(pickle);
    let name = |id: Id| names.get(&id).copied().unwrap_or("the file's own dict");
    // An average has counters of its own: sizes differ a little.
    let near: Vec<Id> = dicts.iter().filter(|(_, count)| count * 10 >= most * 9).map(|(id, _)| *id).collect();
    if near.iter().any(|id| matches!(name(*id), "_parameters" | "_buffers")) {
        let items = whole_model(pickle).into_iter().filter(|(_, id)| is_tensor(*id)).collect();
        return Ok(Chosen { items, warning: None });
    }
    let average = |id: &&Id| {
        let name = name(**id).to_ascii_lowercase();
        ["ema", "average", "swa"].iter().any(|word| name.split(['_', '.']).any(|part| part == *word))
    };
    let taken = match (near.iter().find(average), near.iter().find(|id| !average(id))) {
        (Some(average), _) if ema => *average,
        (None, _) if ema => return Err(WeightsError::NoAverage),
        (_, Some(plain)) => *plain,
        // There is one, or there would be no largest.
        (_, None) => near[0],
    };
    let others: Vec<String> = (near.iter())
        .filter(|id| **id != taken && names.contains_key(id))
        .map(|id| name(*id).to_owned())
        .collect();
    let warning = (!others.is_empty()).then(|| Warning::Copies { taken: name(taken).to_owned(), others });
    let items = pickle.items(taken).iter();
    let items = items.filter_map(|(key, value)| Some((pickle.text(*key)?.to_owned(), *value)));
    Ok(Chosen { items: items.collect(), warning })
}

/// The key under which each dict is found first.
fn names(pickle: &Pickle) -> HashMap<Id, &str> {
    let mut names = HashMap::new();
    for dict in 0..pickle.values.len() {
        for (key, value) in pickle.items(dict) {
            if let Some(key) = pickle.text(*key) {
                names.entry(*value).or_insert(key);
            }
        }
    }
    names
}

/// The state_dict of a pickled `torch.nn.Module`, from the attributes of its modules.
fn whole_model(pickle: &Pickle) -> Vec<(String, Id)> {
    let modules = |id: Id| match &pickle.values[id] {
        Value::Object(object) => object.state.filter(|state| pickle.get(*state, "_modules").is_some()),
        _ => None,
    };
    // Objects come before what they hold.
    let Some(root) = (0..pickle.values.len()).find(|id| modules(*id).is_some()) else { return Vec::new() };
    let (mut items, mut seen) = (Vec::new(), HashSet::from([root]));
    let mut open = vec![(String::new(), root, 0)];
    while let Some((prefix, module, depth)) = open.pop() {
        let Some(state) = modules(module) else { continue };
        for kind in ["_parameters", "_buffers"] {
            let tensors = pickle.get(state, kind).map_or(&[][..], |dict| pickle.items(dict));
            items.extend(
                tensors.iter().filter_map(|(key, id)| Some((format!("{prefix}{}", pickle.text(*key)?), *id))),
            );
        }
        let children = pickle.get(state, "_modules").map_or(&[][..], |dict| pickle.items(dict));
        for (key, child) in children.iter().rev() {
            if depth < MAX_DEPTH
                && seen.insert(*child)
                && let Some(key) = pickle.text(*key)
            {
                open.push((format!("{prefix}{key}."), *child, depth + 1));
            }
        }
    }
    items
}
