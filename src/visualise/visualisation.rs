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
            deviation: 0.01,
            rate: 0.05,
            parametrisation: Parametrisation::Fourier,
            transformations: Transformation::standard(),
            redirected: 16,
            regularisers: Regularisers::default(),
        }
    }
}

/// A picture that grows. Call [`Visualisation::advance`] until all steps are done; [`Visualisation::picture`] can be shown in
/// between. To cancel, drop it.
#[derive(Debug)]
pub struct Visualisation {
    options: Options,
    sizes: Sizes,
    parameters: Parameters,
    adam: Adam,
    picture: Picture,
    /// What an objective compares with, of the picture's size.
    given: Option<Picture>,
    values: Vec<f64>,
}

impl Visualisation {
    /// With the weights that a network has by now.
    ///
    /// # Errors
    /// [`VisualiseError::NoPhoto`] if the objective compares with a picture and none is given.
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
        let rule = if options.redirected > 0 { ReluRule::Redirected } else { ReluRule::Plain };
        let parameters =
            Parameters::noise(options.parametrisation, options.size, options.seed, options.deviation);
        let adam = Adam::new(options.rate, parameters.values.len());
        let picture = parameters.picture();
        let sizes = Sizes::new(network, objective, rule);
        Ok(Self { options, sizes, parameters, adam, picture, given, values: Vec::new() })
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`VisualiseError::Gradient`] if the network does not run at a size, or the engine fails;
    /// [`VisualiseError::NotFinite`]. The picture then stays as it was.
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
        let (mut seen, mut given) = (self.picture.clone(), self.given.clone());
        for transformation in &self.options.transformations {
            let transform = transformation.draw(seen.size, &mut random);
            drawn.push((transform, seen.size));
            seen = transform.apply(&seen);
            given = given.map(|given| transform.apply(&given));
        }
        let (value, mut gradient) = self.sizes.compute(&seen, given.as_ref()).await?;
        for (transform, from) in drawn.into_iter().rev() {
            gradient = transform.adjoint(&gradient, from);
        }
        if let Some(more) = self.options.regularisers.gradient(&self.picture) {
            gradient.data.iter_mut().zip(&more.data).for_each(|(g, more)| *g += more);
        }
        let gradient = self.parameters.adjoint(&self.picture, &gradient);
        if !gradient.iter().all(|g| g.is_finite()) {
            return Err(VisualiseError::NotFinite { steps: step });
        }
        self.adam.step(&mut self.parameters.values, &gradient);
        self.picture = self.parameters.picture();
        self.values.push(value);
        Ok(self.done())
    }

    /// How many steps are done.
    pub fn done(&self) -> Done {
        Done { done: self.values.len(), of: self.options.steps }
    }

    /// As it is now.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The objective's value for what the network saw in each step, before the step was taken; without what the picture is
    /// punished for.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}
