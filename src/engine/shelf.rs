//! Packed weights by node: where engines on the same network find them.

use crate::net::NodeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Weights by node. A shelf may lie over another one: it has those of the other where it has none of its own, and
/// what is put on it leaves the other as it is.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    own: RefCell<HashMap<NodeId, T>>,
    beneath: Option<Rc<Self>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { own: RefCell::default(), beneath: None }
    }
}

impl<T: Clone> Shelf<T> {
    /// An empty one over another.
    pub(super) fn over(beneath: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { beneath: Some(beneath.clone()), ..Self::default() })
    }

    pub(super) fn put(&self, node: NodeId, weights: T) {
        self.own.borrow_mut().insert(node, weights);
    }

    /// What lies on this one.
    pub(super) fn own(&self, node: NodeId) -> Option<T> {
        self.own.borrow().get(&node).cloned()
    }

    pub(super) fn get(&self, node: NodeId) -> Option<T> {
        self.own(node).or_else(|| self.beneath.as_ref()?.get(node))
    }
}
