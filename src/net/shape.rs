//! Shapes of feature maps and vectors, batch dropped.

use serde::Serialize;
use std::fmt;

/// The shape of one value in a network, without the batch axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "number[]"))]
pub enum Shape {
    /// A stack of `c` feature maps, each `h` × `w` values.
    Map {
        /// Channels.
        c: usize,
        /// Rows.
        h: usize,
        /// Columns.
        w: usize,
    },
    /// `n` values without a spatial extent: pooled features, logits, probabilities.
    Vector(usize),
}

impl Shape {
    /// A stack of `c` feature maps of `h` × `w`.
    pub const fn map(c: usize, h: usize, w: usize) -> Self {
        Self::Map { c, h, w }
    }

    /// Channels (the length of a vector).
    pub const fn c(self) -> usize {
        match self {
            Self::Map { c, .. } => c,
            Self::Vector(n) => n,
        }
    }

    /// Rows; 1 for a vector.
    pub const fn h(self) -> usize {
        match self {
            Self::Map { h, .. } => h,
            Self::Vector(_) => 1,
        }
    }

    /// Columns; 1 for a vector.
    pub const fn w(self) -> usize {
        match self {
            Self::Map { w, .. } => w,
            Self::Vector(_) => 1,
        }
    }

    /// Spatial positions, `h · w`.
    pub const fn area(self) -> usize {
        self.h() * self.w()
    }

    /// Number of values.
    pub const fn values(self) -> usize {
        self.c() * self.area()
    }

    /// `[c, h, w]`, or `[n]` for a vector: as written to files and shown to users.
    pub fn dims(self) -> Vec<usize> {
        match self {
            Self::Map { c, h, w } => vec![c, h, w],
            Self::Vector(n) => vec![n],
        }
    }

    /// The same shape with `c` channels.
    pub const fn with_channels(self, c: usize) -> Self {
        match self {
            Self::Map { h, w, .. } => Self::Map { c, h, w },
            Self::Vector(_) => Self::Vector(c),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map { c, h, w } => write!(f, "{c}×{h}×{w}"),
            Self::Vector(n) => write!(f, "{n}"),
        }
    }
}

impl Serialize for Shape {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.dims().serialize(s)
    }
}
