//! What would it like to see? A [`Vision`] is made step by step in buffers of its own, as explanations are.

use super::Session;
use super::failure::{Failure, Misuse};
use crate::explain::Done;
use crate::visualise::{
    Dream, DreamOptions, Objective, Options, Parametrisation, Picture, Regularisers, Visualisation,
};
use wasm_bindgen::prelude::*;

/// How a picture is grown: [`Options`], whose defaults it begins with.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// Rows and columns.
    pub size: usize,
    /// Of the optimiser.
    pub steps: usize,
    /// The same seed yields the same picture.
    pub seed: u32,
    /// At the same time, of this seed and those after it.
    pub pictures: usize,
    /// Of the optimiser.
    pub rate: f64,
    /// Whether pixels are optimised, not a spectrum.
    pub pixels: bool,
    /// Whether the network sees it transformed at random.
    pub transform: bool,
    /// See [`Regularisers`].
    pub l1: f32,
    /// See [`Regularisers`].
    pub variation: f32,
    /// See [`Regularisers`].
    pub blur: f32,
}

/// How much of a dream: [`DreamOptions`], whose defaults it begins with.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct Dreaming {
    /// Steps at each size.
    pub iterations: usize,
    /// Sizes.
    pub octaves: usize,
    /// From one size to the next.
    pub scale: f64,
    /// Mean change of a value, of 255.
    pub strength: f64,
    /// Pixels.
    pub jitter: usize,
    /// The same seed yields the same dream.
    pub seed: u32,
}

#[wasm_bindgen]
impl Growth {
    /// The recipe.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        let Options { size, steps, pictures, rate, .. } = Options::default();
        Self {
            size,
            steps,
            seed: 0,
            pictures,
            rate,
            pixels: false,
            transform: true,
            l1: 0.0,
            variation: 0.0,
            blur: 0.0,
        }
    }
}

impl Default for Growth {
    fn default() -> Self {
        Self::new()
    }
}

#[wasm_bindgen]
impl Dreaming {
    /// The recipe.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        let DreamOptions { iterations, octaves, scale, strength, jitter, .. } = DreamOptions::default();
        Self { iterations, octaves, scale, strength, jitter, seed: 0 }
    }
}

impl Default for Dreaming {
    fn default() -> Self {
        Self::new()
    }
}

#[wasm_bindgen]
impl Session {
    /// Grows a picture from noise; see [`Objective::parse`].
    pub async fn visualise(&mut self, objective: Vec<String>, growth: &Growth) -> Result<Vision, Failure> {
        let mut options = Options {
            size: growth.size,
            steps: growth.steps,
            seed: growth.seed.into(),
            pictures: growth.pictures,
            rate: growth.rate,
            regularisers: Regularisers { l1: growth.l1, variation: growth.variation, blur: growth.blur },
            ..Options::default()
        };
        if growth.pixels {
            options.parametrisation = Parametrisation::Pixels;
        }
        if !growth.transform {
            options.transformations.clear();
        }
        let objective = self.objective(&objective)?;
        let given = if objective.compares() { Some(Picture::seen(self.run()?).await?) } else { None };
        let network = self.run()?.network().clone();
        let vision = Visualisation::new(network, objective, options, given.as_ref())?;
        Ok(Vision(Making::Visualisation(Box::new(vision))))
    }

    /// Dreams of the picture, at the size of the network's input.
    pub async fn dream(&mut self, objective: Vec<String>, dreaming: &Dreaming) -> Result<Vision, Failure> {
        let Dreaming { iterations, octaves, scale, strength, jitter, seed } = *dreaming;
        let options = DreamOptions { iterations, octaves, scale, strength, jitter, seed: seed.into() };
        let objective = self.objective(&objective)?;
        let photo = Picture::seen(self.run()?).await?;
        let network = self.run()?.network().clone();
        Ok(Vision(Making::Dream(Box::new(Dream::new(network, objective, options, photo)?))))
    }
}

impl Session {
    fn objective(&mut self, texts: &[String]) -> Result<Objective, Failure> {
        if texts.is_empty() {
            return Err(Misuse::Text { what: "objective", message: "there is none".to_owned() }.into());
        }
        let names = self.class_names()?;
        Ok(Objective::parse(texts, self.run()?.graph(), &names)?)
    }
}

/// A picture that is made step by step. To cancel, free it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Vision(Making);

#[derive(Debug)]
enum Making {
    Visualisation(Box<Visualisation>),
    Dream(Box<Dream>),
}

#[wasm_bindgen]
impl Vision {
    /// Takes a step: how many are done, and of how many.
    pub async fn advance(&mut self) -> Result<Vec<usize>, Failure> {
        let Done { done, of } = match &mut self.0 {
            Making::Visualisation(vision) => vision.advance().await?,
            Making::Dream(dream) => dream.advance().await?,
        };
        Ok(vec![done, of])
    }

    /// The objective's value before each step that was taken.
    pub fn values(&self) -> Vec<f64> {
        match &self.0 {
            Making::Visualisation(vision) => vision.values().to_vec(),
            Making::Dream(dream) => dream.values().to_vec(),
        }
    }

    /// Rows and columns of each picture as it is now.
    pub fn size(&self) -> usize {
        self.pictures()[0].size
    }

    /// The pictures as they are now, one after the other, four bytes a pixel.
    pub fn rgba(&self) -> Vec<u8> {
        let mut rgba = Vec::new();
        for picture in self.pictures() {
            rgba.extend(picture.rgba());
        }
        rgba
    }
}

impl Vision {
    fn pictures(&self) -> Vec<&Picture> {
        match &self.0 {
            Making::Visualisation(vision) => vision.pictures(),
            Making::Dream(dream) => vec![dream.picture()],
        }
    }
}
