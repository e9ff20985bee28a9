//! The optimiser.

use inceptionscope_kernels::climb;

/// Adam (arXiv 1412.6980) with its usual constants, uphill. In double precision, as what it works on: it makes steps of one
/// size of gradients of any, and with them of rounding.
#[derive(Clone, Debug)]
pub struct Adam {
    rate: f64,
    steps: i32,
    first: Vec<f64>,
    second: Vec<f64>,
}

const DECAY: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

impl Adam {
    /// For so many numbers.
    pub fn new(rate: f64, count: usize) -> Self {
        Self { rate, steps: 0, first: vec![0.0; count], second: vec![0.0; count] }
    }

    /// Takes a step along a gradient.
    pub fn step(&mut self, values: &mut [f64], gradient: &[f64]) {
        self.steps += 1;
        let [one, two] = DECAY.map(|decay| 1.0 - decay.powi(self.steps));
        let sizes = [self.rate / one, 1.0 / two.sqrt(), EPSILON];
        climb(gradient, DECAY, sizes, &mut self.first, &mut self.second, values);
    }
}
