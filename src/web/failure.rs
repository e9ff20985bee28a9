//! Errors on their way to JavaScript: an `Error` with an English `message`, a `code` and `data`.

use crate::error::Coded;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

/// A JavaScript `Error` that has `code` and `data`, an object with the error's facts.
#[derive(Debug)]
pub struct Failure(JsValue);

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

impl Failure {
    /// Compiled once for all errors.
    fn of(error: &dyn Coded) -> Self {
        let data = js_sys::Object::new();
        for (name, fact) in error.facts() {
            // Facts are texts, numbers and lists of texts, which JSON can always write.
            let value = serde_json::to_string(&fact).unwrap_or_else(|_| "null".to_owned());
            let value = js_sys::JSON::parse(&value).unwrap_or(JsValue::NULL);
            set(&data, name, &value);
        }
        let thrown = js_sys::Error::new(&error.to_string());
        set(&thrown, "code", &error.code().into());
        set(&thrown, "data", &data);
        Self(thrown.into())
    }
}

/// Plain objects can be written to.
fn set(object: &impl JsCast, name: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(object.unchecked_ref(), &name.into(), value);
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

/// Errors that only a caller's mistake or a bug can cause.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misuse {
    /// No network is open.
    #[error("this network is closed; open it again")]
    Closed,
    /// The file's header has not come.
    #[error("the network is not known yet: its weights have not begun to arrive")]
    NotKnown,
    /// Text that is not what it should be.
    #[error("{what}: {message}")]
    Text {
        /// Which argument.
        what: &'static str,
        /// What is wrong with it.
        message: String,
    },
}

impl Coded for Misuse {
    fn code(&self) -> &'static str {
        match self {
            Self::Closed => "scope.closed",
            Self::NotKnown => "scope.not_known",
            Self::Text { .. } => "argument.text",
        }
    }

    fn facts(&self) -> crate::error::Facts {
        match self {
            Self::Closed | Self::NotKnown => Vec::new(),
            Self::Text { what, message } => vec![("name", (*what).into()), ("reason", message.into())],
        }
    }
}

/// As JSON.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|e| Misuse::Text { what: "answer", message: e.to_string() }.into())
}
