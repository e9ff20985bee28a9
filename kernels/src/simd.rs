//! Vectors of f32, as wide as one instruction computes on.

/// A few f32. `[f32; 4]` is the one that any processor has; the compiler makes what SIMD it can of it.
pub(crate) trait Vector: Copy {
    /// How many.
    const LANES: usize;
    /// Rows of a tile of [`super::product`] whose sums, two vectors each, stay in registers.
    const ROWS: usize;

    /// The same value in all.
    fn splat(x: f32) -> Self;
    /// The first values of a slice.
    fn load(values: &[f32]) -> Self;
    /// To the first values of a slice.
    fn store(self, out: &mut [f32]);
    /// `self · b + c`, rounded once where there is an instruction for it.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `self + b`.
    fn add(self, b: Self) -> Self;
    /// `self − b`.
    fn sub(self, b: Self) -> Self;
    /// `self · b`.
    fn mul(self, b: Self) -> Self;
    /// `self / b`.
    fn div(self, b: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// `b` where it is larger, else `self`: NaN stays.
    fn max(self, b: Self) -> Self;
    /// The larger one, NaN if either is.
    fn largest(self, b: Self) -> Self;
    /// The first of two where `b` is larger, or the first NaN, else the second.
    fn overtaken(self, b: Self, of: [Self; 2]) -> Self;
    /// The first of two where both are the same, else the second.
    fn same(self, b: Self, of: [Self; 2]) -> Self;
}

/// Channels come in fours.
#[cfg(target_arch = "wasm32")]
pub(crate) type Quad = wasm::F32x4;
/// Channels come in fours.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type Quad = [f32; 4];

impl Vector for [f32; 4] {
    const LANES: usize = 4;
    const ROWS: usize = 4;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        [x; 4]
    }

    #[inline(always)]
    fn load(values: &[f32]) -> Self {
        std::array::from_fn(|i| values[..4][i])
    }

    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        out[..4].copy_from_slice(&self);
    }

    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        // Not f32::mul_add, which is a call where there is no instruction.
        std::array::from_fn(|i| self[i] * b[i] + c[i])
    }

    #[inline(always)]
    fn add(self, b: Self) -> Self {
        std::array::from_fn(|i| self[i] + b[i])
    }

    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        std::array::from_fn(|i| self[i] - b[i])
    }

    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        std::array::from_fn(|i| self[i] * b[i])
    }

    #[inline(always)]
    fn div(self, b: Self) -> Self {
        std::array::from_fn(|i| self[i] / b[i])
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(f32::sqrt)
    }

    #[inline(always)]
    fn max(self, b: Self) -> Self {
        std::array::from_fn(|i| if self[i] < b[i] { b[i] } else { self[i] })
    }

    #[inline(always)]
    fn largest(self, b: Self) -> Self {
        std::array::from_fn(|i| if self[i] >= b[i] || self[i].is_nan() { self[i] } else { b[i] })
    }

    // Both without branches, so that they become instructions on vectors.
    #[inline(always)]
    fn overtaken(self, b: Self, [first, second]: [Self; 2]) -> Self {
        std::array::from_fn(|i| {
            if !self[i].is_nan() & ((b[i] > self[i]) | b[i].is_nan()) { first[i] } else { second[i] }
        })
    }

    #[inline(always)]
    fn same(self, b: Self, [first, second]: [Self; 2]) -> Self {
        std::array::from_fn(|i| if self[i] == b[i] { first[i] } else { second[i] })
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) mod wasm {
    use super::Vector;
    use std::arch::wasm32::*;

    /// wasm's only vector.
    #[derive(Clone, Copy)]
    pub(crate) struct F32x4(v128);

    impl Vector for F32x4 {
        const LANES: usize = 4;
        // Chromium's compiler has 15 of x86's 16 registers for it. Without a fused multiply-add
        // the product takes one more.
        const ROWS: usize = if cfg!(target_feature = "relaxed-simd") { 6 } else { 5 };

        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(f32x4_splat(x))
        }

        #[inline(always)]
        fn load(values: &[f32]) -> Self {
            let values = &values[..4];
            // SAFETY: four values are there to be read; no alignment is needed.
            Self(unsafe { v128_load(values.as_ptr().cast()) })
        }

        #[inline(always)]
        fn store(self, out: &mut [f32]) {
            let out = &mut out[..4];
            // SAFETY: four values are there to be written; no alignment is needed.
            unsafe { v128_store(out.as_mut_ptr().cast(), self.0) }
        }

        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            #[cfg(target_feature = "relaxed-simd")]
            return Self(f32x4_relaxed_madd(self.0, b.0, c.0));
            #[cfg(not(target_feature = "relaxed-simd"))]
            return Self(f32x4_add(f32x4_mul(self.0, b.0), c.0));
        }

        #[inline(always)]
        fn add(self, b: Self) -> Self {
            Self(f32x4_add(self.0, b.0))
        }

        #[inline(always)]
        fn sub(self, b: Self) -> Self {
            Self(f32x4_sub(self.0, b.0))
        }

        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            Self(f32x4_mul(self.0, b.0))
        }

        #[inline(always)]
        fn div(self, b: Self) -> Self {
            Self(f32x4_div(self.0, b.0))
        }

        #[inline(always)]
        fn sqrt(self) -> Self {
            Self(f32x4_sqrt(self.0))
        }

        #[inline(always)]
        fn max(self, b: Self) -> Self {
            Self(f32x4_pmax(self.0, b.0))
        }

        #[inline(always)]
        fn largest(self, b: Self) -> Self {
            Self(f32x4_max(self.0, b.0))
        }

        #[inline(always)]
        fn overtaken(self, b: Self, [first, second]: [Self; 2]) -> Self {
            let stays = v128_or(f32x4_ne(self.0, self.0), f32x4_le(b.0, self.0));
            Self(v128_bitselect(second.0, first.0, stays))
        }

        #[inline(always)]
        fn same(self, b: Self, [first, second]: [Self; 2]) -> Self {
            Self(v128_bitselect(first.0, second.0, f32x4_eq(self.0, b.0)))
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;

    /// AVX2 with FMA. Only to be used in functions that have these target features, on a processor
    /// that has them: each method relies on it.
    #[derive(Clone, Copy)]
    pub(crate) struct F32x8(__m256);

    #[allow(
        clippy::undocumented_unsafe_blocks,
        reason = "the instructions are there, as the type demands; eight f32 are a vector"
    )]
    impl Vector for F32x8 {
        const LANES: usize = 8;
        const ROWS: usize = 6;

        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm256_set1_ps(x) })
        }

        #[inline(always)]
        fn load(values: &[f32]) -> Self {
            // Not the intrinsic, whose checks in debug builds take longer than the product.
            let values: [f32; 8] = std::array::from_fn(|i| values[..8][i]);
            Self(unsafe { std::mem::transmute::<[f32; 8], __m256>(values) })
        }

        #[inline(always)]
        fn store(self, out: &mut [f32]) {
            out[..8].copy_from_slice(&unsafe { std::mem::transmute::<__m256, [f32; 8]>(self.0) });
        }

        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            Self(unsafe { _mm256_fmadd_ps(self.0, b.0, c.0) })
        }

        #[inline(always)]
        fn add(self, b: Self) -> Self {
            Self(unsafe { _mm256_add_ps(self.0, b.0) })
        }

        #[inline(always)]
        fn sub(self, b: Self) -> Self {
            Self(unsafe { _mm256_sub_ps(self.0, b.0) })
        }

        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            Self(unsafe { _mm256_mul_ps(self.0, b.0) })
        }

        #[inline(always)]
        fn div(self, b: Self) -> Self {
            Self(unsafe { _mm256_div_ps(self.0, b.0) })
        }

        #[inline(always)]
        fn sqrt(self) -> Self {
            Self(unsafe { _mm256_sqrt_ps(self.0) })
        }

        #[inline(always)]
        fn max(self, b: Self) -> Self {
            // The instruction yields its second operand unless the first is larger.
            Self(unsafe { _mm256_max_ps(b.0, self.0) })
        }

        #[inline(always)]
        fn largest(self, b: Self) -> Self {
            // All bits, a NaN, where one of the two is none.
            Self(unsafe {
                _mm256_or_ps(_mm256_max_ps(self.0, b.0), _mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, b.0))
            })
        }

        #[inline(always)]
        fn overtaken(self, b: Self, [first, second]: [Self; 2]) -> Self {
            Self(unsafe {
                let is_number = _mm256_cmp_ps::<_CMP_ORD_Q>(self.0, self.0);
                let overtakes = _mm256_and_ps(is_number, _mm256_cmp_ps::<_CMP_NLE_UQ>(b.0, self.0));
                _mm256_blendv_ps(second.0, first.0, overtakes)
            })
        }

        #[inline(always)]
        fn same(self, b: Self, [first, second]: [Self; 2]) -> Self {
            Self(unsafe { _mm256_blendv_ps(second.0, first.0, _mm256_cmp_ps::<_CMP_EQ_OQ>(self.0, b.0)) })
        }
    }
}
