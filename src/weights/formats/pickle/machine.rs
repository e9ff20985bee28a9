use super::{Id, Pickle, Value};
use crate::weights::WeightsError;
use std::collections::HashMap;

/// Most values, and most of them on the stack: a training history has some 100,000, and a hostile file must
/// not ask for much more memory than it has bytes. None, booleans and floats are one value for all.
const MAX_VALUES: usize = 2 << 20;
/// Longest name of a class.
const MAX_NAME: usize = 256;

/// Reads the pickle at the start of `bytes`.
pub(in crate::weights) fn read(bytes: &[u8]) -> Result<Pickle, WeightsError> {
    let mut machine = Machine {
        bytes,
        at: 0,
        values: vec![Value::Other],
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        copies: bytes.len(),
    };
    while machine.step()? {}
    let root = machine.pop()?;
    Ok(Pickle { root, length: machine.at, values: machine.values })
}

pub(super) fn bad(what: impl Into<String>) -> WeightsError {
    WeightsError::Header(format!("pickle: {}", what.into()))
}

fn global(module: &str, name: &str) -> Result<Value, WeightsError> {
    if module.len() + name.len() > MAX_NAME {
        return Err(bad("an endless class name"));
    }
    Ok(Value::Global(format!("{module}.{name}")))
}

const TOO_MANY: WeightsError = WeightsError::Unsupported {
    what: "a pickle of millions of values beside the tensors",
    advice: "save model.state_dict() alone, or as safetensors",
};

pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    pub(super) values: Vec<Value>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<usize, Id>,
    /// Items that may still be copied from lists: many dicts could be made of one.
    pub(super) copies: usize,
}

/// Of [`Value::Other`].
const OTHER: Id = 0;

impl<'a> Machine<'a> {
    /// Carries out one instruction; false after the last. Names as in Python's pickletools.
    #[rustfmt::skip]
    fn step(&mut self) -> Result<bool, WeightsError> {
        match self.byte()? {
            b'.' => return Ok(false),                                     // STOP
            0x80 => drop(self.take(1)?),                                  // PROTO
            0x95 => drop(self.take(8)?),                                  // FRAME
            b'(' => self.marks.push(self.stack.len()),                    // MARK
            b'0' => drop(self.pop()?),                                    // POP
            b'1' => drop(self.since_mark()?),                                // POP_MARK
            b'2' => { let top = self.top()?; self.refer(top)?; }          // DUP
            b'N' | 0x88 | 0x89 => self.refer(OTHER)?,                     // NONE, NEWTRUE, NEWFALSE
            b'G' => { self.take(8)?; self.refer(OTHER)?; }                // BINFLOAT
            b'F' => { self.line()?; self.refer(OTHER)?; }                 // FLOAT
            b'I' | b'L' => { let line = self.line()?; self.decimal(line)?; } // INT, LONG
            b'J' => { let v = self.number::<4>()? as i32; self.push(Value::Int(v.into()))?; } // BININT
            b'K' => { let v = self.number::<1>()?; self.push(Value::Int(v as i64))?; }        // BININT1
            b'M' => { let v = self.number::<2>()?; self.push(Value::Int(v as i64))?; }        // BININT2
            0x8a => { let n = self.number::<1>()?; self.long(n)?; }       // LONG1
            0x8b => { let n = self.number::<4>()?; self.long(n)?; }       // LONG4
            b'S' | b'V' => {                                              // STRING, UNICODE
                let line = self.line()?;
                self.push(Value::Str(line.trim_matches(['\'', '"']).to_owned()))?;
            }
            b'X' => { let n = self.number::<4>()?; self.string(n)?; }     // BINUNICODE
            0x8c => { let n = self.number::<1>()?; self.string(n)?; }     // SHORT_BINUNICODE
            0x8d => { let n = self.number::<8>()?; self.string(n)?; }     // BINUNICODE8
            b'T' => { let n = self.number::<4>()?; self.string(n)?; }     // BINSTRING
            b'U' => { let n = self.number::<1>()?; self.string(n)?; }     // SHORT_BINSTRING
            b'B' => { let n = self.number::<4>()?; self.take(n)?; self.refer(OTHER)?; } // BINBYTES
            b'C' => { let n = self.number::<1>()?; self.take(n)?; self.refer(OTHER)?; } // SHORT_BINBYTES
            0x8e => { let n = self.number::<8>()?; self.take(n)?; self.refer(OTHER)?; } // BINBYTES8
            0x96 => {                                                     // BYTEARRAY8
                let n = self.number::<8>()?;
                self.take(n)?;
                self.push(Value::Sequence(Vec::new()))?;
            }
            b')' | b']' | 0x8f => self.push(Value::Sequence(Vec::new()))?, // EMPTY_TUPLE, EMPTY_LIST, EMPTY_SET
            b'}' => self.push(Value::Dict(Vec::new()))?,                   // EMPTY_DICT
            b't' | b'l' | 0x91 => {                                       // TUPLE, LIST, FROZENSET
                let items = self.since_mark()?;
                self.push(Value::Sequence(items))?;
            }
            0x85 => self.tuple(1)?,                                       // TUPLE1
            0x86 => self.tuple(2)?,                                       // TUPLE2
            0x87 => self.tuple(3)?,                                       // TUPLE3
            b'd' => {                                                     // DICT
                let items = self.since_mark()?;
                self.push(Value::Dict(Vec::new()))?;
                self.set_items(&items)?;
            }
            b'a' => { let item = self.pop()?; self.append(&[item])?; }    // APPEND
            b'e' | 0x90 => { let items = self.since_mark()?; self.append(&items)?; } // APPENDS, ADDITEMS
            b's' => { let value = self.pop()?; let key = self.pop()?; self.set_items(&[key, value])?; } // SETITEM
            b'u' => { let items = self.since_mark()?; self.set_items(&items)?; } // SETITEMS
            b'q' => { let slot = self.number::<1>()?; self.put(slot)?; }  // BINPUT
            b'r' => { let slot = self.number::<4>()?; self.put(slot)?; }  // LONG_BINPUT
            b'p' => { let slot = self.slot()?; self.put(slot)?; }         // PUT
            b'g' => { let slot = self.slot()?; self.get(slot)?; }         // GET
            0x94 => self.put(self.memo.len())?,                           // MEMOIZE
            b'h' => { let slot = self.number::<1>()?; self.get(slot)?; }  // BINGET
            b'j' => { let slot = self.number::<4>()?; self.get(slot)?; }  // LONG_BINGET
            b'c' => {                                                     // GLOBAL
                let global = global(self.line()?, self.line()?)?;
                self.push(global)?;
            }
            0x93 => {                                                     // STACK_GLOBAL
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Str(name), Value::Str(module)) = (&self.values[name], &self.values[module]) else {
                    return Err(bad("a class name that is no text"));
                };
                let global = global(module, name)?;
                self.push(global)?;
            }
            b'Q' => { let id = self.pop()?; self.persistent(id)?; }       // BINPERSID
            b'P' => {                                                     // PERSID
                let line = self.line()?;
                self.push(Value::Str(line.to_owned()))?;
                let id = self.pop()?;
                self.persistent(id)?;
            }
            b'R' | 0x81 => {                                              // REDUCE, NEWOBJ
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(function, arguments)?;
            }
            0x92 => {                                                     // NEWOBJ_EX
                let (_, arguments, function) = (self.pop()?, self.pop()?, self.pop()?);
                self.call(function, arguments)?;
            }
            b'o' => {                                                     // OBJ
                let mut arguments = self.since_mark()?;
                if arguments.is_empty() {
                    return Err(bad("an object without a class"));
                }
                let function = arguments.remove(0);
                self.call_with(function, arguments)?;
            }
            b'i' => {                                                     // INST
                let global = global(self.line()?, self.line()?)?;
                let arguments = self.since_mark()?;
                self.push(global)?;
                let function = self.pop()?;
                self.call_with(function, arguments)?;
            }
            b'b' => {                                                     // BUILD
                let state = self.pop()?;
                let top = self.top()?;
                // Of a dict it is a state_dict's version numbers, which are not needed here.
                if let Value::Object(object) = &mut self.values[top] {
                    object.state = Some(state);
                }
            }
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
        self.push(Value::Str(text))
    }

    /// A number of the memo in decimal digits.
    fn slot(&mut self) -> Result<usize, WeightsError> {
        self.line()?.parse().map_err(|_| bad("a memo that is no number"))
    }

    /// A whole number in decimal digits; Python 2 writes booleans as 00 and 01, and an L behind long ones.
    fn decimal(&mut self, digits: &str) -> Result<(), WeightsError> {
        match digits.trim_end_matches('L').parse() {
            Ok(number) if !matches!(digits, "00" | "01") => self.push(Value::Int(number)),
            _ => self.refer(OTHER),
        }
    }

    /// A little-endian two's complement integer; one that is too long is nothing that is needed here.
    fn long(&mut self, length: usize) -> Result<(), WeightsError> {
        let bytes = self.take(length)?;
        let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        let mut value = [fill; 8];
        if bytes.len() > value.len() {
            return self.refer(OTHER);
        }
        value[..bytes.len()].copy_from_slice(bytes);
        self.push(Value::Int(i64::from_le_bytes(value)))
    }

    /// Puts a new value onto the stack.
    pub(super) fn push(&mut self, value: Value) -> Result<(), WeightsError> {
        if self.values.len() == MAX_VALUES {
            return Err(TOO_MANY);
        }
        self.values.push(value);
        self.refer(self.values.len() - 1)
    }

    /// Puts a value that is there onto the stack.
    pub(super) fn refer(&mut self, id: Id) -> Result<(), WeightsError> {
        if self.stack.len() == MAX_VALUES {
            return Err(TOO_MANY);
        }
        self.stack.push(id);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Result<Id, WeightsError> {
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
        self.push(Value::Sequence(items))
    }

    fn append(&mut self, items: &[Id]) -> Result<(), WeightsError> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::Sequence(list) => list.extend(items),
            Value::Object(_) => {}
            _ => return Err(bad("it appends to what is no list")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), WeightsError> {
        let dict = self.top()?;
        match (&mut self.values[dict], items.as_chunks::<2>()) {
            (Value::Dict(dict), (pairs, [])) => dict.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            (Value::Object(object), (pairs, [])) => {
                object.items.extend(pairs.iter().map(|[key, value]| (*key, *value)));
            }
            _ => return Err(bad("it sets an item of what is no dict")),
        }
        Ok(())
    }

    fn put(&mut self, slot: usize) -> Result<(), WeightsError> {
        let top = self.top()?;
        if self.memo.len() == MAX_VALUES {
            return Err(TOO_MANY);
        }
        self.memo.insert(slot, top);
        Ok(())
    }

    fn get(&mut self, slot: usize) -> Result<(), WeightsError> {
        let id = self.memo.get(&slot).copied().ok_or_else(|| bad("it recalls what was never stored"))?;
        self.refer(id)
    }
}
