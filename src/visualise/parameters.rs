//! What is optimised: a spectrum or pixels in decorrelated colours, and how a picture is made of it. The numbers are those
//! of Lucid (`lucid/optvis/param`).

use super::fourier::{Rows, frequency, inverse, inverse_adjoint, spectrum_width};
use super::{Picture, of_colours};
use crate::weights::recipe;
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
    /// Of a spectrum all real parts, then all imaginary ones; of each the three colours.
    pub values: Vec<f64>,
    /// By how much each number of a spectrum counts.
    scales: Vec<f64>,
}

impl Parameters {
    /// Noise of that seed and standard deviation.
    pub fn noise(kind: Parametrisation, size: usize, seed: u64, deviation: f64) -> Self {
        let count = match kind {
            Parametrisation::Fourier => 2 * 3 * size * spectrum_width(size),
            Parametrisation::Pixels => 3 * size * size,
        };
        let noise = recipe::normals("visualise", seed).take(count);
        let scales = if kind == Parametrisation::Fourier { scales(size) } else { Vec::new() };
        Self { kind, size, values: noise.map(|n| n * deviation).collect(), scales }
    }

    /// The picture, whose values are between 0 and 1.
    pub fn picture(&self) -> Picture {
        let (size, area) = (self.size, self.size * self.size);
        let mut data = vec![0.0; 3 * area];
        let maps = of_colours(|colour| match self.kind {
            Parametrisation::Pixels => self.values[colour * area..][..area].to_vec(),
            Parametrisation::Fourier => {
                let count = self.scales.len();
                let scaled = |first: usize| {
                    self.values[first..].iter().zip(&self.scales).map(|(v, s)| v * s).collect()
                };
                let (re, im) = (scaled(colour * count), scaled((3 + colour) * count));
                inverse(&Rows { re, im, lanes: spectrum_width(size) }, size)
            }
        });
        for (row, out) in COLOURS.iter().zip(data.chunks_exact_mut(area)) {
            let row = row.map(|c| c / NORM);
            for (at, out) in out.iter_mut().enumerate() {
                let value: f64 = row.iter().zip(&maps).map(|(c, map)| c * map[at]).sum();
                *out = (1.0 / (1.0 + (-value).exp())) as f32;
            }
        }
        Picture { size, data }
    }

    /// The gradient of the numbers from that of the picture that they make.
    pub fn adjoint(&self, picture: &Picture, gradient: &Picture) -> Vec<f64> {
        let (size, area) = (self.size, self.size * self.size);
        let pairs = gradient.data.iter().zip(&picture.data).map(|(g, p)| (f64::from(*g), f64::from(*p)));
        let inner: Vec<f64> = pairs.map(|(g, p)| g * p * (1.0 - p)).collect();
        let map = |colour: usize| -> Vec<f64> {
            let column = COLOURS.map(|row| row[colour] / NORM);
            (0..area).map(|at| (0..3).map(|c| column[c] * inner[c * area + at]).sum()).collect()
        };
        match self.kind {
            Parametrisation::Pixels => of_colours(map).concat(),
            Parametrisation::Fourier => {
                let parts = of_colours(|colour| inverse_adjoint(&map(colour), size));
                let real = parts.iter().map(|part| &part.re);
                let all = real.chain(parts.iter().map(|part| &part.im));
                all.flat_map(|values| values.iter().zip(&self.scales).map(|(v, s)| v * s)).collect()
            }
        }
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
