//! Two f64 as one vector. Compilers leave them single where nobody asks, and then transforms take a third longer.

#[cfg(target_arch = "wasm32")]
use std::arch::wasm32::{f64x2_add, f64x2_mul, f64x2_sub, i64x2_shuffle, v128, v128_load, v128_store};

/// Two numbers in what an instruction computes on; elsewhere the compiler makes what SIMD it can of it.
#[derive(Clone, Copy)]
pub(crate) struct Pair(#[cfg(target_arch = "wasm32")] v128, #[cfg(not(target_arch = "wasm32"))] [f64; 2]);

#[cfg(target_arch = "wasm32")]
impl Pair {
    #[inline(always)]
    pub(crate) fn load(values: &[f64; 2]) -> Self {
        // SAFETY: two values are there to be read; no alignment is needed.
        Self(unsafe { v128_load(values.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(crate) fn store(self, out: &mut [f64; 2]) {
        // SAFETY: two values are there to be written; no alignment is needed.
        unsafe { v128_store(out.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub(crate) fn add(self, b: Self) -> Self {
        Self(f64x2_add(self.0, b.0))
    }

    #[inline(always)]
    pub(crate) fn sub(self, b: Self) -> Self {
        Self(f64x2_sub(self.0, b.0))
    }

    #[inline(always)]
    pub(crate) fn mul(self, b: Self) -> Self {
        Self(f64x2_mul(self.0, b.0))
    }

    /// The second, then the first.
    #[inline(always)]
    pub(crate) fn swapped(self) -> Self {
        Self(i64x2_shuffle::<1, 0>(self.0, self.0))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Pair {
    #[inline(always)]
    pub(crate) fn load(values: &[f64; 2]) -> Self {
        Self(*values)
    }

    #[inline(always)]
    pub(crate) fn store(self, out: &mut [f64; 2]) {
        *out = self.0;
    }

    #[inline(always)]
    pub(crate) fn add(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + b.0[i]))
    }

    #[inline(always)]
    pub(crate) fn sub(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - b.0[i]))
    }

    #[inline(always)]
    pub(crate) fn mul(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * b.0[i]))
    }

    /// The second, then the first.
    #[inline(always)]
    pub(crate) fn swapped(self) -> Self {
        let [first, second] = self.0;
        Self([second, first])
    }
}
