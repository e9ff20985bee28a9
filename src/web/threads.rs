//! The CPU engine's threads: the worker that holds the network, and workers that only compute
//! (`www/runtime/threads.js`). They share the module and its memory.

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::prelude::*;

/// What other workers need to compute with this one.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Team {
    /// Each is given to [`run_thread`] in a worker of its own.
    others: Vec<*mut ThreadBuilder>,
}

/// From now on the calling worker computes with `threads - 1` others. It begins without them: one that never comes costs
/// time, nothing else. Once in a worker's life; nothing where the team cannot be made.
#[wasm_bindgen]
pub fn team(threads: usize) -> Option<Team> {
    let mut others = Vec::new();
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread()
        .spawn_handler(|thread| {
            others.push(Box::into_raw(Box::new(thread)));
            Ok(())
        })
        .build()
        .ok()?;
    // It lasts as long as the worker.
    std::mem::forget(pool);
    Some(Team { others })
}

#[wasm_bindgen]
impl Team {
    /// For [`run_thread`], one a worker.
    #[wasm_bindgen(getter)]
    pub fn others(&self) -> Vec<usize> {
        self.others.iter().map(|thread| *thread as usize).collect()
    }

    /// The compiled module, for the other workers.
    #[wasm_bindgen(getter)]
    pub fn module(&self) -> JsValue {
        wasm_bindgen::module()
    }

    /// The memory, for the other workers.
    #[wasm_bindgen(getter)]
    pub fn memory(&self) -> JsValue {
        wasm_bindgen::memory()
    }
}

/// Makes the calling worker one of a [`Team`]: computes until it is ended.
///
/// # Safety
/// `thread` is of [`Team::others`], and was given to no other worker.
#[wasm_bindgen]
pub unsafe fn run_thread(thread: usize) {
    // SAFETY: [`team`] made it of a box; the caller gives it here once.
    let thread = unsafe { Box::from_raw(thread as *mut ThreadBuilder) };
    thread.run();
}
