//! What would it like to see? A [`Vision`] is made step by step in buffers of its own, as explanations are.

use super::Session;
use super::failure::{Failure, Misuse};
use crate::explain::Done;
use crate::visualise::{Dream, DreamOptions, Objective, Options, Parametrisation, Picture, Visualisation};
use wasm_bindgen::prelude::*;

/// How a picture is grown: [`Options`], whose defaults it begins with.
#[wasm_bindgen]
#[derive(Clone, Debug, Default)]
pub struct Growth(Options);

#[wasm_bindgen]
impl Growth {
    /// The recipe.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a number by the name of its option in `www/runtime/api.js`, which is checked there: one function takes less of the
    /// module than two for each number.
    pub fn set(&mut self, name: &str, value: f64) {
        let Self(options) = self;
        match name {
            "size" => options.size = value as usize,
            "steps" => options.steps = value as usize,
            "seed" => options.seed = value as u64,
            "pictures" => options.pictures = value as usize,
            "rate" => options.rate = value,
            "l1" => options.regularisers.l1 = value as f32,
            "variation" => options.regularisers.variation = value as f32,
            "blur" => options.regularisers.blur = value as f32,
            _ => {}
        }
    }

    /// Optimises pixels, not a spectrum.
    pub fn of_pixels(&mut self) {
        self.0.parametrisation = Parametrisation::Pixels;
    }

    /// The network sees the picture as it is.
    pub fn as_it_is(&mut self) {
        self.0.transformations.clear();
    }
}

/// How much of a dream: [`DreamOptions`], whose defaults it begins with.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, Default)]
pub struct Dreaming(DreamOptions);

#[wasm_bindgen]
impl Dreaming {
    /// The recipe.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Growth::set`].
    pub fn set(&mut self, name: &str, value: f64) {
        let Self(options) = self;
        match name {
            "iterations" => options.iterations = value as usize,
            "octaves" => options.octaves = value as usize,
            "scale" => options.scale = value,
            "strength" => options.strength = value,
            "jitter" => options.jitter = value as usize,
            "seed" => options.seed = value as u64,
            _ => {}
        }
    }
}

#[wasm_bindgen]
impl Session {
    /// Grows a picture from noise; see [`Objective::parse`].
    pub async fn visualise(&mut self, objective: Vec<String>, growth: &Growth) -> Result<Vision, Failure> {
        let objective = self.objective(&objective)?;
        let given = if objective.compares() { Some(Picture::seen(self.run()?).await?) } else { None };
        let network = self.run()?.network().clone();
        let vision = Visualisation::new(network, objective, growth.0.clone(), given.as_ref())?;
        Ok(Vision(Making::Visualisation(Box::new(vision))))
    }

    /// Dreams of a picture of `size` rows and columns, four bytes a pixel; if that is 0, of what the network sees.
    pub async fn dream(
        &mut self,
        objective: Vec<String>,
        dreaming: &Dreaming,
        size: usize,
        rgba: &[u8],
    ) -> Result<Vision, Failure> {
        let objective = self.objective(&objective)?;
        let photo = match size {
            0 => Picture::seen(self.run()?).await?,
            size => Picture::of_rgba(size, rgba),
        };
        let network = self.run()?.network().clone();
        Ok(Vision(Making::Dream(Box::new(Dream::new(network, objective, dreaming.0, photo)?))))
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
