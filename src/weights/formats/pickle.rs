//! Python's pickles, without Python: a stack machine that builds plain data and tensor references
//! and runs nothing. Anything that would call other code is an error.

use crate::weights::WeightsError;
use std::collections::HashMap;

/// Longest pickle that is read. A ResNet-152's is 150 kB.
const MAX_PICKLE: usize = 2 << 20;
/// Longest name of a class, and most axes of a tensor: what is copied must be small, so that a
/// hostile file can not ask for it a million times.
const MAX_NAME: usize = 256;
const MAX_AXES: usize = 8;

/// A value's position in [`Pickle::values`]. Values refer to each other by position: no recursion,
/// however deep a hostile file nests them.
pub(in crate::weights) type Id = usize;

/// What a pickle is made of.
#[derive(Debug)]
pub(in crate::weights) enum Value {
    /// None, floats, bytes: nothing of which is needed here.
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
    Tensor(Box<TensorRef>),
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
    /// Torch's class of a storage (`FloatStorage`), and its key.
    pub(in crate::weights) fn storage(&self, id: Id) -> Option<(&str, &str)> {
        let Value::Storage { class, key } = &self.values[id] else { return None };
        match (&self.values[*class], &self.values[*key]) {
            (Value::Global(class), Value::Str(key)) => Some((class.rsplit('.').next().unwrap_or(class), key)),
            _ => None,
        }
    }
}

/// Reads the pickle at the start of `bytes`.
pub(in crate::weights) fn read(bytes: &[u8]) -> Result<Pickle, WeightsError> {
    let bytes = &bytes[..bytes.len().min(MAX_PICKLE)];
    let mut machine = Machine {
        bytes,
        at: 0,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    while machine.step()? {}
    let root = machine.pop()?;
    Ok(Pickle { root, length: machine.at, values: machine.values })
}

fn bad(what: impl Into<String>) -> WeightsError {
    WeightsError::Header(format!("pickle: {}", what.into()))
}

fn global(module: &str, name: &str) -> Result<Value, WeightsError> {
    if module.len() + name.len() > MAX_NAME {
        return Err(bad("an endless class name"));
    }
    Ok(Value::Global(format!("{module}.{name}")))
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<usize, Id>,
}

impl<'a> Machine<'a> {
    #[rustfmt::skip]
    /// Carries out one instruction; false after the last. Names as in Python's pickletools.
    fn step(&mut self) -> Result<bool, WeightsError> {
        match self.byte()? {
            b'.' => return Ok(false),                                     // STOP
            0x80 => drop(self.take(1)?),                                  // PROTO
            0x95 => drop(self.take(8)?),                                  // FRAME
            b'(' => self.marks.push(self.stack.len()),                    // MARK
            b'0' => drop(self.pop()?),                                    // POP
            b'1' => drop(self.since_mark()?),                                // POP_MARK
            b'2' => { let top = self.top()?; self.stack.push(top); }      // DUP
            b'N' | 0x88 | 0x89 => self.push(Value::Other),                // NONE, NEWTRUE, NEWFALSE
            b'G' => { self.take(8)?; self.push(Value::Other); }           // BINFLOAT
            b'J' => { let v = self.number::<4>()? as i32; self.push(Value::Int(v.into())); } // BININT
            b'K' => { let v = self.number::<1>()?; self.push(Value::Int(v as i64)); }        // BININT1
            b'M' => { let v = self.number::<2>()?; self.push(Value::Int(v as i64)); }        // BININT2
            0x8a => { let n = self.number::<1>()?; self.long(n)?; }       // LONG1
            b'X' => { let n = self.number::<4>()?; self.string(n)?; }     // BINUNICODE
            0x8c => { let n = self.number::<1>()?; self.string(n)?; }     // SHORT_BINUNICODE
            0x8d => { let n = self.number::<8>()?; self.string(n)?; }     // BINUNICODE8
            b'T' => { let n = self.number::<4>()?; self.string(n)?; }     // BINSTRING
            b'U' => { let n = self.number::<1>()?; self.string(n)?; }     // SHORT_BINSTRING
            b'B' => { let n = self.number::<4>()?; self.take(n)?; self.push(Value::Other); } // BINBYTES
            b'C' => { let n = self.number::<1>()?; self.take(n)?; self.push(Value::Other); } // SHORT_BINBYTES
            b')' | b']' | 0x8f => self.push(Value::Sequence(Vec::new())), // EMPTY_TUPLE, EMPTY_LIST, EMPTY_SET
            b'}' => self.push(Value::Dict(Vec::new())),                   // EMPTY_DICT
            b't' | b'l' | 0x91 => { let items = self.since_mark()?; self.push(Value::Sequence(items)); } // TUPLE, LIST, FROZENSET
            0x85 => self.tuple(1)?,                                       // TUPLE1
            0x86 => self.tuple(2)?,                                       // TUPLE2
            0x87 => self.tuple(3)?,                                       // TUPLE3
            b'd' => { let items = self.since_mark()?; self.push(Value::Dict(Vec::new())); self.set_items(&items)?; } // DICT
            b'a' => { let item = self.pop()?; self.append(&[item])?; }    // APPEND
            b'e' | 0x90 => { let items = self.since_mark()?; self.append(&items)?; } // APPENDS, ADDITEMS
            b's' => { let value = self.pop()?; let key = self.pop()?; self.set_items(&[key, value])?; } // SETITEM
            b'u' => { let items = self.since_mark()?; self.set_items(&items)?; } // SETITEMS
            b'q' => { let slot = self.number::<1>()?; self.put(slot)?; }  // BINPUT
            b'r' => { let slot = self.number::<4>()?; self.put(slot)?; }  // LONG_BINPUT
            0x94 => self.put(self.memo.len())?,                           // MEMOIZE
            b'h' => { let slot = self.number::<1>()?; self.get(slot)?; }  // BINGET
            b'j' => { let slot = self.number::<4>()?; self.get(slot)?; }  // LONG_BINGET
            b'c' => {                                                     // GLOBAL
                let global = global(self.line()?, self.line()?)?;
                self.push(global);
            }
            0x93 => {                                                     // STACK_GLOBAL
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Str(name), Value::Str(module)) = (&self.values[name], &self.values[module]) else {
                    return Err(bad("a class name that is no text"));
                };
                let global = global(module, name)?;
                self.push(global);
            }
            b'Q' => { let id = self.pop()?; self.storage(id)?; }          // BINPERSID
            b'R' | 0x81 => {                                              // REDUCE, NEWOBJ
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(function, arguments)?;
            }
            // BUILD sets attributes (a state_dict's version numbers): nothing that is needed here.
            b'b' => drop(self.pop()?),
            other => return Err(bad(format!("unknown instruction 0x{other:02x} at byte {}", self.at - 1))),
        }
        Ok(true)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], WeightsError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(WeightsError::CutOff("pickle"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, WeightsError> {
        Ok(self.take(1)?[0])
    }

    /// A little-endian number of `N` bytes.
    fn number<const N: usize>(&mut self) -> Result<usize, WeightsError> {
        let value = self.take(N)?.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        usize::try_from(value).map_err(|_| bad("a length beyond the file"))
    }

    fn line(&mut self) -> Result<&'a str, WeightsError> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(WeightsError::CutOff("pickle"))?;
        let line = std::str::from_utf8(self.take(end)?).map_err(|_| bad("a name that is no text"))?;
        self.take(1)?;
        Ok(line)
    }

    fn string(&mut self, length: usize) -> Result<(), WeightsError> {
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.push(Value::Str(text));
        Ok(())
    }

    /// A little-endian two's complement integer; one that is too long is nothing that is needed here.
    fn long(&mut self, length: usize) -> Result<(), WeightsError> {
        let bytes = self.take(length)?;
        let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        let mut value = [fill; 8];
        if bytes.len() > value.len() {
            self.push(Value::Other);
        } else {
            value[..bytes.len()].copy_from_slice(bytes);
            self.push(Value::Int(i64::from_le_bytes(value)));
        }
        Ok(())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Result<Id, WeightsError> {
        self.stack.pop().ok_or_else(|| bad("it takes from an empty stack"))
    }

    fn top(&self) -> Result<Id, WeightsError> {
        self.stack.last().copied().ok_or_else(|| bad("it takes from an empty stack"))
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, WeightsError> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or_else(|| bad("a mark is missing"))?))
    }

    fn tuple(&mut self, count: usize) -> Result<(), WeightsError> {
        let start = self.stack.len().checked_sub(count).ok_or_else(|| bad("it takes from an empty stack"))?;
        let items = self.stack.split_off(start);
        self.push(Value::Sequence(items));
        Ok(())
    }

    fn append(&mut self, items: &[Id]) -> Result<(), WeightsError> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::Sequence(list) => list.extend(items),
            _ => return Err(bad("it appends to what is no list")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), WeightsError> {
        let dict = self.top()?;
        match (&mut self.values[dict], items.as_chunks::<2>()) {
            (Value::Dict(dict), (pairs, [])) => dict.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            _ => return Err(bad("it sets an item of what is no dict")),
        }
        Ok(())
    }

    fn put(&mut self, slot: usize) -> Result<(), WeightsError> {
        let top = self.top()?;
        self.memo.insert(slot, top);
        Ok(())
    }

    fn get(&mut self, slot: usize) -> Result<(), WeightsError> {
        let id = self.memo.get(&slot).copied().ok_or_else(|| bad("it recalls what was never stored"))?;
        self.stack.push(id);
        Ok(())
    }

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

    /// `('storage', class, key, device, length)`; old files have one more, which is None.
    fn storage(&mut self, id: Id) -> Result<(), WeightsError> {
        let [_, class, key, ..] = self.sequence(id) else {
            return Err(bad("a storage that makes no sense"));
        };
        let (class, key) = (*class, *key);
        self.push(Value::Storage { class, key });
        Ok(())
    }

    /// The few calls that plain tensors need, done here; every other is refused.
    fn call(&mut self, function: Id, arguments: Id) -> Result<(), WeightsError> {
        let Value::Global(name) = &self.values[function] else {
            return Err(bad("it calls what is no function"));
        };
        match (name.as_str(), self.sequence(arguments)) {
            ("collections.OrderedDict", []) => self.push(Value::Dict(Vec::new())),
            ("torch.Size", [same]) | ("torch._utils._rebuild_parameter", [same, ..]) => {
                self.stack.push(*same);
            }
            ("torch._utils._rebuild_tensor_v2", [storage, offset, shape, stride, ..]) => {
                let (storage, offset) = (*storage, self.size(*offset));
                let (Some(offset), Some(shape), Some(stride)) =
                    (offset, self.sizes(*shape), self.sizes(*stride))
                else {
                    return Err(bad("a tensor that makes no sense"));
                };
                if shape.len() != stride.len() {
                    return Err(bad("a tensor whose shape and strides differ in length"));
                }
                self.push(Value::Tensor(Box::new(TensorRef { storage, offset, shape, stride })));
            }
            (name, _) => return Err(WeightsError::Code(name.to_owned())),
        }
        Ok(())
    }
}
