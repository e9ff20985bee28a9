//! What is optimised: a spectrum or pixels in decorrelated colours, and how a picture is made of it. The numbers are those
//! of Lucid (`lucid/optvis/param`).

use super::fourier::{Rows, frequency, inverse, inverse_adjoint, spectrum_width};
use super::{Picture, of_colours};
use crate::weights::recipe;
use inceptionscope_kernels::{Complex, colour, colour_adjoint, scaled};
use std::str::FromStr;

/// What a picture is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parametrisation {
    /// A spectrum whose amplitudes count the less the higher the frequency: all frequencies grow alike.
    #[default]
    Fourier,
    /// Pixels: high frequencies win.
    Pixels,
}

impl FromStr for Parametrisation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "fourier" => Ok(Self::Fourier),
            "pixels" => Ok(Self::Pixels),
            _ => Err(format!("no parametrisation '{text}'; there is fourier, pixels")),
        }
    }
}

/// From decorrelated colours to red, green and blue: the root of the colours' covariance over ImageNet, divided by the
/// norm of its largest column.
const COLOURS: [[f64; 3]; 3] = [[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]];
/// That norm.
const NORM: f64 = 0.461_952_4;
/// Divides the inverse transform's values.
const MAGIC: f64 = 4.0;

/// The numbers that a picture is made of.
#[derive(Clone, Debug)]
pub struct Parameters {
    kind: Parametrisation,
    size: usize,
    /// Of the three colours, one after the other; of a spectrum each number's real and imaginary part.
    pub values: Vec<f64>,
    /// By how much each number of a spectrum counts.
    scales: Vec<f64>,
}

impl Parameters {
    /// Noise of that seed and standard deviation.
    pub fn noise(kind: Parametrisation, size: usize, seed: u64, deviation: f64) -> Self {
        let (columns, parts, scales) = match kind {
            Parametrisation::Fourier => (spectrum_width(size), 2, scales(size)),
            Parametrisation::Pixels => (size, 1, Vec::new()),
        };
        let count = 3 * size * columns;
        let mut values = vec![0.0; parts * count];
        // All real parts are drawn before the imaginary ones.
        for (at, noise) in recipe::normals("visualise", seed).take(values.len()).enumerate() {
            values[at % count * parts + at / count] = noise * deviation;
        }
        Self { kind, size, values, scales }
    }

    /// The picture, whose values are between 0 and 1.
    pub fn picture(&self) -> Picture {
        let (size, area) = (self.size, self.size * self.size);
        let own = self.values.len() / 3;
        let maps = of_colours(|colour| {
            let own = &self.values[colour * own..][..own];
            match self.kind {
                Parametrisation::Pixels => own.to_vec(),
                Parametrisation::Fourier => inverse(self.scaled(own.as_chunks().0), size),
            }
        });
        let maps = maps.each_ref().map(Vec::as_slice);
        let colours = of_colours(|at| {
            let mut out = vec![0.0; area];
            colour(maps, COLOURS[at].map(|share| share / NORM), &mut out);
            out
        });
        Picture { size, data: colours.concat() }
    }

    /// The gradient of the numbers from that of the picture that they make.
    pub fn adjoint(&self, picture: &Picture, gradient: &Picture) -> Vec<f64> {
        let (size, area) = (self.size, self.size * self.size);
        let gradients = of_colours(|colour| {
            let mut map = vec![0.0; area];
            colour_adjoint(&gradient.data, &picture.data, COLOURS.map(|row| row[colour] / NORM), &mut map);
            match self.kind {
                Parametrisation::Pixels => map,
                Parametrisation::Fourier => {
                    self.scaled(&inverse_adjoint(&map, size).values).values.into_flattened()
                }
            }
        });
        gradients.concat()
    }

    /// A spectrum, each number multiplied by what it counts.
    fn scaled(&self, spectrum: &[Complex]) -> Rows {
        Rows { values: scaled(spectrum, &self.scales), lanes: spectrum_width(self.size) }
    }
}

/// By how much each number of a spectrum counts.
fn scales(size: usize) -> Vec<f64> {
    let width = spectrum_width(size);
    let scale = |at: usize| {
        let frequency = frequency(at / width, (at % width).min(size), size);
        size as f64 / frequency.max(1.0 / size as f64) / MAGIC
    };
    (0..size * width).map(scale).collect()
}
