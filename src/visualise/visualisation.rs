//! A picture that excites something, grown from noise step by step.

use super::sizes::Sizes;
use super::{
    Adam, Objective, Parameters, Parametrisation, Picture, Regularisers, Transformation, VisualiseError,
};
use crate::explain::Done;
use crate::plan::ReluRule;
use crate::run::Network;
use crate::weights::recipe;

/// How a picture is grown. The default is Lucid's recipe.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows and columns of the picture.
    pub size: usize,
    /// Steps of the optimiser.
    pub steps: usize,
    /// The same seed yields the same picture.
    pub seed: u64,
    /// Pictures at the same time, of this seed and those that follow it; they meet the same transformations.
    pub pictures: usize,
    /// Standard deviation of the first numbers.
    pub deviation: f64,
    /// Of the optimiser.
    pub rate: f64,
    /// What is optimised.
    pub parametrisation: Parametrisation,
    /// What is done to the picture before the network sees it, one after the other.
    pub transformations: Vec<Transformation>,
    /// In so many first steps, ReLUs let a gradient through where none would come through otherwise.
    pub redirected: usize,
    /// What the picture is punished for.
    pub regularisers: Regularisers,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            size: 128,
            steps: 512,
            seed: 0,
            pictures: 1,
            deviation: 0.01,
            rate: 0.05,
            parametrisation: Parametrisation::Fourier,
            transformations: Transformation::standard(),
            redirected: 16,
            regularisers: Regularisers::default(),
        }
    }
}

/// Pictures that grow. Call [`Visualisation::advance`] until all steps are done; [`Visualisation::pictures`] can be shown in
/// between. To cancel, drop it.
#[derive(Debug)]
pub struct Visualisation {
    options: Options,
    sizes: Sizes,
    all: Vec<Growing>,
    /// What an objective compares with, of the picture's size.
    given: Option<Picture>,
    values: Vec<f64>,
}

/// One of the pictures.
#[derive(Debug)]
struct Growing {
    parameters: Parameters,
    adam: Adam,
    picture: Picture,
}

impl Visualisation {
    /// With the weights that a network has by now.
    ///
    /// # Errors
    /// [`VisualiseError::NoPhoto`] if the objective compares with a picture and none is given, [`VisualiseError::Alone`] if
    /// it compares pictures with each other and there is only one.
    pub fn new(
        network: Network,
        objective: Objective,
        options: Options,
        given: Option<&Picture>,
    ) -> Result<Self, VisualiseError> {
        let given = given.filter(|_| objective.compares()).map(|picture| picture.zoomed(options.size));
        if objective.compares() && given.is_none() {
            return Err(VisualiseError::NoPhoto);
        }
        if objective.differs() && options.pictures < 2 {
            return Err(VisualiseError::Alone);
        }
        let rule = if options.redirected > 0 { ReluRule::Redirected } else { ReluRule::Plain };
        let Options { parametrisation, size, seed, deviation, rate, pictures, .. } = options;
        let mut all = Vec::new();
        for at in 0..pictures.max(1) {
            let parameters = Parameters::noise(parametrisation, size, seed + at as u64, deviation);
            let adam = Adam::new(rate, parameters.values.len());
            all.push(Growing { picture: parameters.picture(), parameters, adam });
        }
        let sizes = Sizes::new(network, objective, rule, all.len());
        Ok(Self { options, sizes, all, given, values: Vec::new() })
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`VisualiseError::Gradient`] if the network does not run at a size, or the engine fails;
    /// [`VisualiseError::NotFinite`]. The pictures then stay as they were.
    pub async fn advance(&mut self) -> Result<Done, VisualiseError> {
        let step = self.values.len();
        if step == self.options.steps {
            return Ok(self.done());
        }
        if step >= self.options.redirected {
            self.sizes.set_rule(ReluRule::Plain);
        }
        let mut random = recipe::stream(&format!("visualise.{step}"), self.options.seed);
        let mut drawn = Vec::new();
        let mut given = self.given.clone();
        let mut seen = Vec::new();
        for own in &self.all {
            seen.push(own.picture.clone());
        }
        for transformation in &self.options.transformations {
            let from = seen[0].size;
            let transform = transformation.draw(from, &mut random);
            drawn.push((transform, from));
            for picture in seen.iter_mut().chain(&mut given) {
                *picture = transform.apply(picture);
            }
        }
        let (value, gradients) = self.sizes.compute(&seen, given.as_ref()).await?;
        let mut moves = Vec::new();
        for (own, mut gradient) in self.all.iter().zip(gradients) {
            for (transform, from) in drawn.iter().rev() {
                gradient = transform.adjoint(&gradient, *from);
            }
            if let Some(more) = self.options.regularisers.gradient(&own.picture) {
                gradient.data.iter_mut().zip(&more.data).for_each(|(g, more)| *g += more);
            }
            let gradient = own.parameters.adjoint(&own.picture, &gradient);
            if !gradient.iter().all(|g| g.is_finite()) {
                return Err(VisualiseError::NotFinite { steps: step });
            }
            moves.push(gradient);
        }
        for (own, gradient) in self.all.iter_mut().zip(&moves) {
            own.adam.step(&mut own.parameters.values, gradient);
            own.picture = own.parameters.picture();
        }
        self.values.push(value);
        Ok(self.done())
    }

    /// How many steps are done.
    pub fn done(&self) -> Done {
        Done { done: self.values.len(), of: self.options.steps }
    }

    /// As they are now.
    pub fn pictures(&self) -> Vec<&Picture> {
        self.all.iter().map(|own| &own.picture).collect()
    }

    /// The objective's value for what the network saw in each step, before the step was taken, as a mean over pictures;
    /// without what pictures are punished for.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}
