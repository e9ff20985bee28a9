//! What would it like to see? Pictures that excite a channel, a class or a layer, made by following gradients uphill
//! ([`Visualisation`]), and what a layer makes more of in a photo ([`Dream`]). The recipe is Lucid's; `docs/visualisation.md`
//! says what the pictures show and what they cannot.

mod adam;
mod diversity;
mod dream;
mod fourier;
mod objective;
mod parameters;
mod picture;
mod regularisers;
mod sizes;
mod transform;
mod visualisation;

pub use adam::Adam;
pub use dream::{Dream, DreamOptions};
pub use objective::{Aim, Objective, Term};
pub use parameters::{Parameters, Parametrisation};
pub use picture::Picture;
pub use regularisers::Regularisers;
pub use transform::Transformation;
pub use visualisation::{Options, Visualisation};

use crate::error::{Coded, Facts};
use crate::explain::GradientError;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum VisualiseError {
    /// The network, its weights or the engine.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// A gradient that is no number.
    #[error(
        "the gradient is not finite after {steps} steps: the weights contain such values, or intermediate values overflow"
    )]
    NotFinite {
        /// Steps that were taken before.
        steps: usize,
    },
    /// An objective that compares with a picture, and no picture.
    #[error("the objective compares with a photo: give one")]
    NoPhoto,
    /// An objective that compares pictures with each other, and one picture.
    #[error("diversity:NODE compares pictures with each other: ask for two or more at a time")]
    Alone,
}

impl From<crate::run::RunError> for VisualiseError {
    fn from(error: crate::run::RunError) -> Self {
        Self::Gradient(error.into())
    }
}

impl Coded for VisualiseError {
    fn code(&self) -> &'static str {
        match self {
            Self::Gradient(error) => error.code(),
            Self::NotFinite { .. } => "visualise.not_finite",
            Self::NoPhoto => "visualise.no_photo",
            Self::Alone => "visualise.alone",
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Gradient(error) => error.facts(),
            Self::NotFinite { steps } => vec![("steps", (*steps).into())],
            Self::NoPhoto | Self::Alone => Facts::new(),
        }
    }
}

/// Something of each colour, at the same time where there are threads.
fn of_colours<T: Default + Send>(make: impl Fn(usize) -> T + Sync) -> [T; 3] {
    let mut made = <[T; 3]>::default();
    let [red, green, blue] = &mut made;
    at_once([&mut || *red = make(0), &mut || *green = make(1), &mut || *blue = make(2)]);
    made
}

/// One function for all: what divides work among threads is half a kilobyte each time.
fn at_once([red, green, blue]: [&mut (dyn FnMut() + Send); 3]) {
    #[cfg(feature = "threads")]
    rayon::join(|| rayon::join(red, green), blue);
    #[cfg(not(feature = "threads"))]
    [red, green, blue].into_iter().for_each(|make| make());
}
