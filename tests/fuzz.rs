//! Mutated files for every reader and decoder: whatever is in a file, reading it ends, with an answer or an error, soon and
//! within bounds of memory. What is made depends on nothing but the case's number, so that a case can be repeated:
//!
//!     FUZZ_CASES=1000000 FUZZ_KIND=onnx cargo test --release --test fuzz -- --nocapture
//!     FUZZ_FIRST=123456 FUZZ_CASES=1 FUZZ_KIND=onnx cargo test --test fuzz -- --nocapture

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

#[path = "common/readers.rs"]
mod readers;

use inceptionscope::weights;
use readers::random::Random;
use readers::{WEIGHTS, keras, kinds, png};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Cases of each kind, without `FUZZ_CASES`.
const CASES: u64 = 1500;
/// No case may take longer, on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);
/// What a reader may hold for any file, however small.
const SMALL: usize = 1 << 20;

/// Counts what this thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that ends has no counter any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        MOST.with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: all is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as the caller has it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as the caller has it.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as the caller has it.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn keras_files_that_are_made_to_fill_memory_do_not() {
    let mut faults = Vec::new();
    for (what, file, reads) in keras::heavy() {
        let before = HELD.get();
        MOST.set(before);
        let begun = Instant::now();
        let read = weights::read_with(&file, false).map(|file| file.tensors.len()).map_err(|e| e.to_string());
        let (took, held) = (begun.elapsed(), (MOST.get() - before) as usize);
        if held > WEIGHTS * file.len() + SMALL || took > LONGEST || read.is_ok() != reads {
            let size = file.len();
            faults.push(format!("{what}: {held} bytes held for a file of {size}, in {took:.1?}: {read:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A file of the kind with a few changes.
fn mutated(files: &[Vec<u8>], case: u64) -> Vec<u8> {
    let mut random = Random(case);
    let mut below = |n: usize| (random.bits() % n.max(1) as u64) as usize;
    let mut file = files[below(files.len())].clone();
    let changes = [0, 1, 2, 8][below(4)];
    for _ in 0..=below(changes + 1) {
        let (at, length) = (below(file.len()), 1 + below(16));
        let end = (at + length).min(file.len());
        match below(8) {
            0 | 1 if at < file.len() => file[at] ^= 1 << below(8),
            2 if at < file.len() => file[at] = [0, 1, 127, 128, 255, b'"', b'9', below(256) as u8][below(8)],
            3 => {
                // A length or an offset that lies.
                let value =
                    [0, 1, 0xffff, 0x7fff_ffff, 0xffff_fff0, u64::MAX, 1 << 40, below(1 << 20) as u64]
                        [below(8)];
                let bytes = if below(2) == 0 { value.to_le_bytes() } else { value.to_be_bytes() };
                let bytes = &bytes[..[2, 4, 8][below(3)]];
                file.iter_mut().skip(at).zip(bytes).for_each(|(old, new)| *old = *new);
            }
            4 => drop(file.drain(at..end)),
            5 => {
                let copy = file[at..end].to_vec();
                let to = below(file.len());
                file.splice(to..to, copy);
            }
            6 => {
                let other = &files[below(files.len())];
                let from = below(other.len());
                let piece = &other[from..(from + length * 4).min(other.len())];
                file.splice(at..end, piece.iter().copied());
            }
            7 if below(4) == 0 => file.truncate(at),
            _ => {}
        }
    }
    if file.starts_with(b"\x89PNG") && below(4) > 0 {
        png::mend_checksums(&mut file);
    }
    file
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn mutated_files_do_no_harm() {
    let (first, cases) =
        (from_environment("FUZZ_FIRST").unwrap_or(0), from_environment("FUZZ_CASES").unwrap_or(CASES));
    let chosen = std::env::var("FUZZ_KIND").ok();
    std::panic::set_hook(Box::new(|_| ()));
    let mut faults = Vec::new();
    for kind in kinds().into_iter().filter(|kind| chosen.as_deref().is_none_or(|name| name == kind.name)) {
        let whole = kind.files.iter().filter(|file| (kind.read)(file)).count();
        let (mut read, mut panics, mut longest, mut heaviest) = (0_u64, 0_u64, Duration::ZERO, 0);
        let start = Instant::now();
        for case in first..first + cases {
            let file = mutated(&kind.files, case);
            let before = HELD.get();
            MOST.set(before);
            let begun = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| (kind.read)(&file))) {
                Ok(ok) => read += u64::from(ok),
                Err(panic) => {
                    panics += 1;
                    if panics <= 3 {
                        let text = panic.downcast_ref::<String>().map(String::as_str);
                        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default();
                        faults.push(format!("{} {case}: panic: {text}", kind.name));
                    }
                }
            }
            let (took, held) = (begun.elapsed(), (MOST.get() - before) as usize);
            longest = longest.max(took);
            heaviest = heaviest.max(held);
            if took > LONGEST {
                faults.push(format!("{} {case}: took {took:.1?}", kind.name));
            }
            if held > kind.times.saturating_mul(file.len()).saturating_add(SMALL) {
                faults.push(format!("{} {case}: {held} bytes held for a file of {}", kind.name, file.len()));
            }
        }
        println!(
            "{:<12} {cases:>8} cases, {read:>8} of them read, {panics} panics; at most {longest:.1?} and {:.1} MB; {:.0?}",
            kind.name,
            heaviest as f64 / 1e6,
            start.elapsed(),
        );
        // These are small: read to their end, and of no network.
        let of_none = ["keras", "onnx", "caffe", "tfjs"].contains(&kind.name);
        assert!(whole > 0 || of_none, "{}: no whole file is read", kind.name);
    }
    drop(std::panic::take_hook());
    faults.truncate(30);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
