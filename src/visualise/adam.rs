//! The optimiser.

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
        let (rate, root) = (self.rate / one, two.sqrt());
        let [keep, keep_square] = DECAY;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            *m = keep * *m + (1.0 - keep) * g;
            *v = keep_square * *v + (1.0 - keep_square) * g * g;
            *value += rate * *m / (v.sqrt() / root + EPSILON);
        }
    }
}
