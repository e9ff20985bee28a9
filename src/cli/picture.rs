//! Maps as pictures.

use super::Failure;
use crate::explain::Heatmap;
use crate::net::Normalize;

/// What speaks for the target, and what against it.
const COLOURS: [[f64; 3]; 2] = [[230.0, 40.0, 30.0], [40.0, 90.0, 230.0]];

/// A PNG of a map over what the network sees of the photo (C,H,W, normalised, of the map's size), in grey. Values
/// are opaque from the size that `share` of them stay below.
pub(super) fn heatmap(
    seen: &[f32],
    normalize: &Normalize,
    map: &Heatmap,
    share: f64,
) -> Result<Vec<u8>, Failure> {
    let most = f64::from(map.size_above(share)).max(f64::MIN_POSITIVE);
    let area = map.data.len();
    let mut rgb = Vec::with_capacity(area * 3);
    for (at, value) in map.data.iter().enumerate() {
        let channel = |c: usize| f64::from(seen[c * area + at]) * normalize.std[c] + normalize.mean[c];
        let grey = (0..3).map(channel).sum::<f64>() / 3.0 * 255.0;
        let value = if value.is_finite() { f64::from(*value) } else { 0.0 };
        let share = (value.abs() / most).min(1.0);
        let colour = COLOURS[usize::from(value < 0.0)];
        rgb.extend(colour.map(|colour| (grey * (1.0 - share) + colour * share).round() as u8));
    }
    png(&rgb, map.width, map.height)
}

/// A PNG of three bytes a pixel.
pub(super) fn png(rgb: &[u8], width: usize, height: usize) -> Result<Vec<u8>, Failure> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(Failure::internal)?;
    writer.write_image_data(rgb).map_err(Failure::internal)?;
    writer.finish().map_err(Failure::internal)?;
    Ok(file)
}
