//! Errors are codes and data. The message is English, for logs, the command line and developers; the page
//! makes a sentence in the visitor's language from the code and the data.

use serde::Serialize;

/// One fact about an error: the file, the node, what was expected, what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Fact {
    /// A name or a phrase that needs no translation.
    Text(String),
    /// A number.
    Number(f64),
    /// Names.
    List(Vec<String>),
    /// Whether something is so.
    Flag(bool),
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Fact {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Fact {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}

impl From<u64> for Fact {
    fn from(number: u64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<&[String]> for Fact {
    fn from(names: &[String]) -> Self {
        Self::List(names.to_vec())
    }
}

/// Facts by name, in the order in which a sentence would tell them.
pub type Facts = Vec<(&'static str, Fact)>;

/// An error that other programs can tell apart.
pub trait Coded: std::error::Error {
    /// What kind of error it is: `area.problem`, lower case, such as `node.unknown`. Codes never change;
    /// `www/locales/` has a sentence for each.
    fn code(&self) -> &'static str;

    /// What the sentence needs to know.
    fn facts(&self) -> Facts {
        Facts::new()
    }
}
