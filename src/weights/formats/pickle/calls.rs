//! The few calls of a pickle that plain tensors need.

use super::machine::{Machine, bad};
use super::{Id, MAX_AXES, Object, TensorRef, Value};
use crate::weights::WeightsError;

/// Modules and functions that no weight file needs and that attacks are made of.
const ATTACKS: [&str; 12] = [
    "builtins.__import__",
    "builtins.compile",
    "builtins.eval",
    "builtins.exec",
    "builtins.open",
    "commands",
    "nt",
    "os",
    "posix",
    "runpy",
    "socket",
    "subprocess",
];

impl Machine<'_> {
    fn sequence(&self, id: Id) -> &[Id] {
        match &self.values[id] {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// A tuple of whole numbers that are not negative.
    fn sizes(&self, id: Id) -> Option<Vec<usize>> {
        let items = self.sequence(id);
        (items.len() <= MAX_AXES).then_some(())?;
        items.iter().map(|item| self.size(*item)).collect()
    }

    fn size(&self, id: Id) -> Option<usize> {
        match &self.values[id] {
            Value::Int(value) => usize::try_from(*value).ok(),
            _ => None,
        }
    }

    /// `('storage', class, key, device, length)`, to which the old form adds a view's place or None;
    /// `('module', class, file, source)`, which stands for the class; or the key of the oldest form.
    pub(super) fn persistent(&mut self, id: Id) -> Result<(), WeightsError> {
        match *self.sequence(id) {
            [kind, class, ..] if matches!(&self.values[kind], Value::Str(kind) if kind == "module") => {
                self.refer(class)
            }
            [_, class, key, _, _, view, ..] if self.sequence(view).is_empty() => {
                self.push(Value::Storage { class, key })
            }
            [_, _, _, _, _, _, ..] => Err(bad("a storage that is part of another one")),
            [_, class, key, ..] => self.push(Value::Storage { class, key }),
            _ => self.push(Value::Reference(id)),
        }
    }

    pub(super) fn call_with(&mut self, function: Id, arguments: Vec<Id>) -> Result<(), WeightsError> {
        self.push(Value::Sequence(arguments))?;
        let arguments = self.pop()?;
        self.call(function, arguments)
    }

    fn is_global(&self, value: Id, name: &str) -> bool {
        matches!(&self.values[value], Value::Global(global) if global == name)
    }

    /// The few calls that plain tensors need, done here; of any other comes an object.
    pub(super) fn call(&mut self, function: Id, arguments: Id) -> Result<(), WeightsError> {
        let Value::Global(name) = &self.values[function] else {
            return self.push(Value::Object(Box::default()));
        };
        let python3 = name.replacen("__builtin__.", "builtins.", 1);
        let module = name.split('.').next().unwrap_or(name);
        if ATTACKS.iter().any(|attack| *attack == python3 || *attack == module) {
            return Err(WeightsError::Code(name.clone()));
        }
        match (name.as_str(), self.sequence(arguments)) {
            ("collections.OrderedDict", []) => self.push(Value::Dict(Vec::new())),
            // Python 2 hands over all items at once.
            ("collections.OrderedDict", [items]) => {
                let items = *items;
                self.copies = self
                    .copies
                    .checked_sub(self.sequence(items).len())
                    .ok_or_else(|| bad("endless dicts"))?;
                let pair = |item: &Id| match self.sequence(*item) {
                    [key, value] => Some((*key, *value)),
                    _ => None,
                };
                let dict = self.sequence(items).iter().filter_map(pair).collect();
                self.push(Value::Dict(dict))
            }
            (
                "torch.Size"
                | "torch._utils._rebuild_parameter"
                | "torch._utils._rebuild_parameter_with_state"
                | "torch.nn.parameter.Parameter",
                [same, ..],
            ) => self.refer(*same),
            (
                "torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v2",
                [storage, offset, shape, stride, ..],
            ) => {
                let (storage, offset) = (*storage, self.size(*offset));
                let (Some(offset), Some(shape), Some(stride)) =
                    (offset, self.sizes(*shape), self.sizes(*stride))
                else {
                    return Err(bad("a tensor that makes no sense"));
                };
                if shape.len() != stride.len() {
                    return Err(bad("a tensor whose shape and strides differ in length"));
                }
                self.push(Value::Tensor(Box::new(TensorRef { storage, offset, shape, stride })))
            }
            // A tensor of a class of its own: how a plain one is made, the class, the arguments.
            (FROM_TYPE, [function, _, arguments, ..]) if !self.is_global(*function, FROM_TYPE) => {
                self.call(*function, *arguments)
            }
            _ => self.push(Value::Object(Box::new(Object { class: function, ..Object::default() }))),
        }
    }
}

const FROM_TYPE: &str = "torch._tensor._rebuild_from_type_v2";
