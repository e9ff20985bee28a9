//! What `explain` asks of the network, method by method.

use super::{Check, Checked, Points};
use super::{Explain, Failure, Found, Method};
use crate::explain::{
    self, Attribution, Baseline, ClassMap, Curve, Direction, Heatmap, Occlusion, OcclusionOptions,
    Randomisation, Removal, Subject, Target,
};
use crate::run::Opened;
use clap::ValueEnum;

impl Explain {
    pub(super) async fn occlusion(&self, opened: &mut Opened, target: Target) -> Result<Found, Failure> {
        let options = OcclusionOptions { fill: self.fill, ..OcclusionOptions::of(opened.run.graph()) };
        let options = options.sized(self.patch, self.stride);
        let mut occlusion = Occlusion::new(&mut opened.run, target, options).await?;
        while !occlusion.advance().await?.is_all() {}
        let mut found = Found { maps: Some([occlusion.drops(), occlusion.map()]), ..Found::default() };
        found.tell("value", occlusion.whole());
        found.tell("patch", options.patch);
        found.tell("stride", options.stride);
        found.tell("fill", format!("{:?}", options.fill).to_lowercase());
        Ok(found)
    }

    /// At the layer that was asked for, or where the class activation map is.
    pub(super) async fn grad_cam(&self, opened: &mut Opened, target: &Target) -> Result<Found, Failure> {
        let run = &mut opened.run;
        let (layer, map) = target.grad_cam(run, self.layer.as_deref()).await?;
        let input = run.graph().node(run.graph().input).shape;
        let resized = map.resized(input.h(), input.w());
        let mut found = Found { maps: Some([map, resized]), ..Found::default() };
        found.tell("layer", layer);
        found.tell("value", target.value(run).await?);
        Ok(found)
    }

    /// One value for each of the input's.
    pub(super) async fn attribution(
        &self,
        opened: &mut Opened,
        target: &Target,
        method: Method,
        baseline: &Baseline,
    ) -> Result<Found, Failure> {
        let run = &mut opened.run;
        let objective = target.objective(run).await?;
        let picture = run.input().await?;
        let method = self.attribution_method(method, baseline);
        let attribution = method.clone().attribute(run, &objective, &picture).await?;
        let map = attribution.map();
        let mut found = Found { maps: Some([map.clone(), map]), ..Found::default() };
        found.tell("value", target.value(run).await?);
        match method {
            explain::Method::SmoothGrad { samples, sigma, seed } => {
                found.tell("samples", samples);
                found.tell("sigma", sigma);
                found.tell("seed", seed);
            }
            explain::Method::Integrated { steps, baseline } => {
                found.tell("steps", steps);
                found.tell("baseline", baseline);
            }
            _ => {}
        }
        if let Some(difference) = attribution.difference {
            found.tell("sum", attribution.sum());
            found.tell("difference", difference);
            found.tell("error", difference - attribution.sum());
        }
        let Attribution { values, .. } = attribution;
        found.attribution = Some(values);
        Ok(found)
    }

    fn attribution_method(&self, method: Method, baseline: &Baseline) -> explain::Method {
        match method {
            Method::InputXGradient => explain::Method::InputTimesGradient,
            Method::Smoothgrad => {
                explain::Method::SmoothGrad { samples: self.samples, sigma: self.sigma, seed: self.seed }
            }
            Method::Integrated => {
                explain::Method::Integrated { steps: self.steps, baseline: baseline.clone() }
            }
            Method::Guided => explain::Method::Guided,
            _ => explain::Method::Gradient,
        }
    }

    /// Of all branches or, at the layer that was asked for, of its channels.
    pub(super) async fn removal(&self, opened: &mut Opened, target: Target) -> Result<Found, Failure> {
        let mut removal = Removal::new(&mut opened.run, target, self.layer.as_deref()).await?;
        while !removal.advance().await?.is_all() {}
        let branches = removal.ranking().into_iter().cloned().collect();
        let mut found = Found { branches, ..Found::default() };
        found.tell("value", removal.whole().unwrap_or_default());
        if let Some(correlation) = removal.correlation() {
            found.tell("correlation", correlation);
        }
        Ok(found)
    }

    /// Whether a map can be trusted.
    pub(super) async fn trust(
        &self,
        opened: &mut Opened,
        target: &Target,
        map: &Heatmap,
        check: Check,
        baseline: &Baseline,
    ) -> Result<Checked, Failure> {
        let run = &mut opened.run;
        let name = check.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let direction = match check {
            Check::Randomisation => {
                let subject = match self.method {
                    Method::GradCam => Subject::GradCam(self.layer.clone()),
                    method => Subject::Attribution(self.attribution_method(method, baseline)),
                };
                let mut steps = Randomisation::new(run, target, subject, self.seed).await?;
                while !steps.advance().await?.is_all() {}
                let lost = steps.modules().into_iter().map(str::to_owned).collect();
                return Ok(Checked {
                    name,
                    seed: Some(self.seed),
                    lost,
                    correlations: steps.correlations().to_vec(),
                    ..Checked::default()
                });
            }
            Check::Deletion => Direction::Deletion,
            Check::Insertion => Direction::Insertion,
        };
        let (blank, points) = (self.blank.clone(), self.points);
        let mut curve = Curve::new(run, target.clone(), map, direction, blank, points).await?;
        while !curve.advance().await?.is_all() {}
        let points = |values: Vec<f64>| Points { area: Curve::area(&values), values };
        let [by_map, random] = [curve.values().to_vec(), curve.at_random()].map(points);
        let blank = Some(self.blank.to_string());
        Ok(Checked { name, blank, by_map: Some(by_map), random: Some(random), ..Checked::default() })
    }
}

pub(super) fn class_map(map: &ClassMap, opened: &Opened) -> Found {
    let graph = opened.run.graph();
    let input = graph.node(graph.input).shape;
    let maps = [map.map.clone(), map.map.resized(input.h(), input.w())];
    let mut found = Found { shares: map.shares.clone(), maps: Some(maps), ..Found::default() };
    found.tell("layer", &map.node);
    found.tell("value", map.logit);
    found.tell("bias", map.bias);
    found.tell("sum", map.sum);
    found.tell("difference", map.difference());
    found
}

/// What each branch and channel of every module adds.
pub(super) async fn branches(opened: &mut Opened, target: &Target) -> Result<Found, Failure> {
    let explain::Branches { value, modules } = target.branches(&mut opened.run).await?;
    let mut found = Found { modules, ..Found::default() };
    found.tell("value", value);
    Ok(found)
}
