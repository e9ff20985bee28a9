//! Python's pickles, without Python: a stack machine that builds plain data and tensor references
//! and runs nothing. What would be made by other code is an object of which only the class's name and
//! what was put into it are known; calls that only an attack needs are an error.

mod calls;
mod machine;

pub(in crate::weights) use machine::read;

/// Most axes of a tensor: what is copied must be small, so that a hostile file cannot ask for it a million times.
pub(in crate::weights) const MAX_AXES: usize = 8;

/// A value's position in [`Pickle::values`]. Values refer to each other by position: no recursion,
/// however deep a hostile file nests them.
pub(in crate::weights) type Id = usize;

/// What a pickle is made of.
#[derive(Debug)]
pub(in crate::weights) enum Value {
    /// None, booleans, floats, bytes: nothing of which is needed here.
    Other,
    Int(i64),
    Str(String),
    /// Tuples and lists.
    Sequence(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A class or function, by name only.
    Global(String),
    /// Numbers elsewhere in the file: their class and the storage's key.
    Storage {
        class: Id,
        key: Id,
    },
    /// What is kept elsewhere in the file under that key; see [`super::pytorch_tar`].
    Reference(Id),
    Tensor(Box<TensorRef>),
    /// Made by code that is not run here.
    Object(Box<Object>),
}

/// What is known of an object without the code that makes it.
#[derive(Debug, Default)]
pub(in crate::weights) struct Object {
    /// The class or function.
    pub(in crate::weights) class: Id,
    /// What was put into it as into a dict.
    pub(in crate::weights) items: Vec<(Id, Id)>,
    /// Its attributes.
    pub(in crate::weights) state: Option<Id>,
}

/// A view of a storage.
#[derive(Debug)]
pub(in crate::weights) struct TensorRef {
    pub(in crate::weights) storage: Id,
    pub(in crate::weights) offset: usize,
    pub(in crate::weights) shape: Vec<usize>,
    pub(in crate::weights) stride: Vec<usize>,
}

/// All values of one pickle.
#[derive(Debug)]
pub(in crate::weights) struct Pickle {
    pub(in crate::weights) values: Vec<Value>,
    /// The value that was pickled.
    pub(in crate::weights) root: Id,
    /// Length in bytes.
    pub(in crate::weights) length: usize,
}

impl Pickle {
    /// Items of a dict or of what is like one.
    pub(in crate::weights) fn items(&self, id: Id) -> &[(Id, Id)] {
        match &self.values[id] {
            Value::Dict(items) => items,
            Value::Object(object) => &object.items,
            _ => &[],
        }
    }

    /// The value of a text key of a dict.
    pub(in crate::weights) fn get(&self, dict: Id, key: &str) -> Option<Id> {
        let mut items = self.items(dict).iter();
        items.find(|(found, _)| self.text(*found) == Some(key)).map(|(_, value)| *value)
    }

    pub(in crate::weights) fn text(&self, id: Id) -> Option<&str> {
        if let Value::Str(text) = &self.values[id] { Some(text) } else { None }
    }

    pub(in crate::weights) fn sequence(&self, id: Id) -> &[Id] {
        if let Value::Sequence(items) = &self.values[id] { items } else { &[] }
    }

    /// A key of the parts of a file: a whole number or its digits.
    pub(in crate::weights) fn key(&self, id: Id) -> Option<String> {
        match &self.values[id] {
            Value::Int(number) => Some(number.to_string()),
            Value::Str(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Torch's class of a storage (`FloatStorage`), and its key.
    pub(in crate::weights) fn storage(&self, id: Id) -> Option<(&str, &str)> {
        let Value::Storage { class, key } = &self.values[id] else { return None };
        match (&self.values[*class], &self.values[*key]) {
            (Value::Global(class), Value::Str(key)) => Some((class.rsplit('.').next().unwrap_or(class), key)),
            _ => None,
        }
    }
}
