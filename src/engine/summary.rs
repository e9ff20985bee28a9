//! What does an engine tell of a channel without reading it back?

/// One channel of a view in numbers; see [`Engine::statistics`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelSummary {
    /// The least finite value.
    pub least: f32,
    /// The greatest finite value.
    pub greatest: f32,
    /// Sum of the finite values.
    pub sum: f64,
    /// Sum of their squares.
    pub squares: f64,
    /// How many values are 0.
    pub zeros: usize,
    /// How many values are NaN or infinite.
    pub not_finite: usize,
    /// The first pixel, counted row by row, that has the greatest value.
    pub peak: usize,
}

impl Default for ChannelSummary {
    fn default() -> Self {
        Self {
            least: f32::INFINITY,
            greatest: f32::NEG_INFINITY,
            sum: 0.0,
            squares: 0.0,
            zeros: 0,
            not_finite: 0,
            peak: 0,
        }
    }
}

impl ChannelSummary {
    /// Counts a value in.
    pub fn add(&mut self, pixel: usize, value: f32) {
        if !value.is_finite() {
            self.not_finite += 1;
            return;
        }
        self.sum += f64::from(value);
        self.squares += f64::from(value).powi(2);
        self.zeros += usize::from(value == 0.0);
        self.least = if value < self.least { value } else { self.least };
        if value > self.greatest {
            (self.greatest, self.peak) = (value, pixel);
        }
    }
}
