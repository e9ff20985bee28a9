//! Photos to inputs, on both engines, against what torchvision and timm (that is PIL) made of the
//! same picture: `goldens/preproc.json` has 96 pixels of each public preprocessing, and a hash of all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

use inceptionscope::engine::cpu::CpuEngine;
use inceptionscope::engine::gpu::GpuEngine;
use inceptionscope::engine::{Engine, Photo};
use inceptionscope::net::Normalize;
use inceptionscope::net::zoo;
use inceptionscope::net::{Filter, Profile, Shape};
use inceptionscope::photo::resample::Crop;
use inceptionscope::plan::{BufferId, BufferSpec, Plan, View};
use inceptionscope::weights::recipe;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Goldens {
    items: BTreeMap<String, Golden>,
}

#[derive(Deserialize)]
struct Golden {
    photo_w_h: [usize; 2],
    resized_w_h: [u64; 2],
    crop_left_top: [u64; 2],
    crop: usize,
    mean: [f64; 3],
    std: [f64; 3],
    u8_fnv1a64: String,
    u8_values: Vec<u8>,
}

fn goldens() -> BTreeMap<String, Golden> {
    serde_json::from_str::<Goldens>(include_str!("goldens/preproc.json")).unwrap().items
}

fn engines() -> Vec<Engine> {
    let gpu = pollster::block_on(GpuEngine::new()).expect("a Vulkan adapter; install mesa-vulkan-drivers");
    vec![Engine::Cpu(CpuEngine::new()), Engine::Gpu(Box::new(gpu))]
}

/// The profile that a public preprocessing is of: `resnet50.IMAGENET1K_V2.seed1`.
fn profile(name: &str) -> Profile {
    let (network, weights) = name.split_once('.').unwrap();
    let network = zoo::find(network.trim_start_matches("legacy_")).unwrap();
    let id = match weights {
        w if w.starts_with("IMAGENET1K_V1") => "torchvision",
        w if w.starts_with("IMAGENET1K_V2") => "torchvision-v2",
        _ => "timm",
    };
    *network.profiles.iter().find(|p| p.id == id).unwrap()
}

/// The crop as the network's first op gets it, in C,H,W order.
fn input(engine: &mut Engine, photo: Photo<'_>, crop: &Crop, normalize: &Normalize) -> Vec<f32> {
    let [w, h] = crop.size;
    let spec = BufferSpec { name: "input".to_owned(), h, w, channels: 4 };
    let view = View { buffer: BufferId(0), shape: Shape::map(3, h, w), offset: 0 };
    let plan = Plan { buffers: vec![spec], ..Plan::default() };
    pollster::block_on(async {
        *engine = engine.fork(1);
        engine.extend(&plan).await.unwrap();
        engine.write_photo(&view, 0, photo, crop, normalize).unwrap();
        let with_padding = View { shape: Shape::map(4, h, w), ..view };
        let values = engine.read(&with_padding, 0).await.unwrap();
        assert!(values[3 * h * w..].iter().all(|v| *v == 0.0), "{}: padding is not zero", engine.id());
        engine.read(&view, 0).await.unwrap()
    })
}

/// Back to 8 bits, in H,W,C order; not rounded.
fn levels(chw: &[f32], normalize: &Normalize) -> Vec<f64> {
    let area = chw.len() / 3;
    let level =
        |c: usize, i: usize| (f64::from(chw[c * area + i]) * normalize.std[c] + normalize.mean[c]) * 255.0;
    (0..area).flat_map(|i| [level(0, i), level(1, i), level(2, i)]).collect()
}

#[test]
fn every_public_preprocessing() {
    for mut engine in engines() {
        for (name, golden) in goldens() {
            let seed = name.rsplit("seed").next().unwrap().parse().unwrap();
            let [width, height] = golden.photo_w_h;
            let photo = Photo { width, height, rgb: &recipe::image(height, width, seed) };
            let profile = profile(&name);
            assert_eq!((profile.mean, profile.std), (golden.mean, golden.std), "{name}");
            let crop = Crop::of_profile(&profile, photo.width, photo.height, golden.crop);
            assert_eq!((crop.resized, crop.origin), (golden.resized_w_h, golden.crop_left_top), "{name}");
            assert_eq!(crop.size, [golden.crop; 2], "{name}");

            let normalize = profile.normalize();
            let levels = levels(&input(&mut engine, photo, &crop, &normalize), &normalize);
            let positions =
                recipe::positions(&format!("preproc/{name}"), levels.len(), golden.u8_values.len());
            for (position, expected) in positions.into_iter().zip(&golden.u8_values) {
                let (found, expected) = (levels[position], f64::from(*expected));
                // One level, and what f32 loses on the way there and back.
                assert!(
                    (found - expected).abs() <= 1.001,
                    "{}: {name} at {position}: expected {expected}, found {found}",
                    engine.id()
                );
            }
            if matches!(engine, Engine::Cpu(_)) {
                let hash = recipe::fnv1a64(levels.iter().map(|v| v.round() as u8));
                assert_eq!(format!("{hash:016x}"), golden.u8_fnv1a64, "{name}: not PIL's pixels");
            }
        }
    }
}

/// Taken whole, a photo of the input's size is only normalised, in double precision.
#[test]
fn a_photo_that_is_taken_whole_is_not_resized() {
    let rgb = recipe::image(224, 224, 1);
    let profile = Profile::torchvision(1e-3, 256);
    let crop = Crop::whole(&profile, 224, 224, 224).unwrap();
    let normalize = profile.normalize();
    for mut engine in engines() {
        let found = input(&mut engine, Photo { width: 224, height: 224, rgb: &rgb }, &crop, &normalize);
        for (i, found) in found.iter().enumerate() {
            let c = i / (224 * 224);
            let v = f64::from(rgb[i % (224 * 224) * 3 + c]) / 255.0;
            let expected = ((v - profile.mean[c]) / profile.std[c]) as f32;
            // The GPU normalises in f32: a few units in the last place of numbers up to 2.7.
            let tolerance = if matches!(engine, Engine::Cpu(_)) { 0.0 } else { 1e-6 };
            assert!(
                (found - expected).abs() <= tolerance,
                "{}: value {i}: {found}, not {expected}",
                engine.id()
            );
        }
    }
}

/// More rows go up at once than one dispatch has workgroups for, at 299 columns each.
#[test]
fn a_narrow_and_tall_photo() {
    let (width, height) = (150, 15_000);
    let rgb: Vec<u8> = (0..width * height * 3).map(|i| (i / 997 * 31 + i % 251) as u8).collect();
    let photo = Photo { width, height, rgb: &rgb };
    let crop = Crop::of_profile(&Profile::keras(), width, height, 299);
    let normalize = Normalize { source: [0, 1, 2], mean: [0.0; 3], std: [1.0; 3] };
    let [cpu, gpu] = engines().try_into().unwrap_or_else(|_| panic!("two engines"));
    let [cpu, gpu] =
        [cpu, gpu].map(|mut engine| levels(&input(&mut engine, photo, &crop, &normalize), &normalize));
    for (at, (cpu, gpu)) in cpu.iter().zip(&gpu).enumerate() {
        assert!((cpu - gpu).abs() < 1.001, "value {at}: CPU {cpu}, GPU {gpu}");
    }
}

#[test]
fn mirroring_swaps_left_and_right() {
    let rgb = recipe::image(61, 90, 3);
    let photo = Photo { width: 90, height: 61, rgb: &rgb };
    let crop =
        Crop { resized: [50, 41], origin: [3, 5], size: [40, 30], mirror: false, filter: Filter::Bicubic };
    let normalize = Normalize { source: [0, 1, 2], mean: [0.5; 3], std: [0.25; 3] };
    for mut engine in engines() {
        let plain = input(&mut engine, photo, &crop, &normalize);
        let mirrored = input(&mut engine, photo, &Crop { mirror: true, ..crop }, &normalize);
        for (plain, mirrored) in plain.chunks(40).zip(mirrored.chunks(40)) {
            assert!(plain.iter().eq(mirrored.iter().rev()), "{}", engine.id());
        }
    }
}

/// A photo that is much smaller, much larger, or a sliver becomes an input without a fault; an even
/// colour stays what it is.
#[test]
fn photos_of_odd_sizes() {
    let normalize = Normalize { source: [0, 1, 2], mean: [0.0; 3], std: [1.0; 3] };
    let mut engines = engines();
    for (width, height) in [(1, 1), (2, 300), (5000, 3), (3000, 2001)] {
        let rgb = [10, 128, 251].repeat(width * height);
        for filter in [Filter::Bilinear, Filter::Bicubic] {
            let profile = Profile { filter, ..Profile::keras() };
            let crop = Crop::of_profile(&profile, width, height, 75);
            for engine in &mut engines {
                let found =
                    levels(&input(engine, Photo { width, height, rgb: &rgb }, &crop, &normalize), &normalize);
                for (found, expected) in found.iter().zip([10.0, 128.0, 251.0].into_iter().cycle()) {
                    assert!((found - expected).abs() < 1e-3, "{}: {width}×{height}: {found}", engine.id());
                }
            }
        }
    }
}

#[test]
fn caffe_reads_blue_first_and_values_to_255() {
    let rgb = [200, 100, 50].repeat(8 * 8);
    let photo = Photo { width: 8, height: 8, rgb: &rgb };
    let profile = Profile::caffe();
    let crop = Crop::whole(&profile, 8, 8, 8).unwrap();
    for mut engine in engines() {
        let found = input(&mut engine, photo, &crop, &profile.normalize());
        for (channel, expected) in found.chunks(64).zip([50.0 - 104.0, 100.0 - 117.0, 200.0 - 123.0]) {
            assert!(channel.iter().all(|v| (v - expected).abs() < 1e-4), "{}: {channel:?}", engine.id());
        }
    }
}

#[test]
fn a_photo_of_the_wrong_length_is_refused() {
    let view = View { buffer: BufferId(0), shape: Shape::map(3, 8, 8), offset: 0 };
    let spec = BufferSpec { name: "input".to_owned(), h: 8, w: 8, channels: 4 };
    let plan = Plan { buffers: vec![spec], ..Plan::default() };
    let crop =
        Crop { resized: [8, 8], origin: [0, 0], size: [8, 8], mirror: false, filter: Filter::Bilinear };
    let normalize = Normalize { source: [0, 1, 2], mean: [0.0; 3], std: [1.0; 3] };
    for mut engine in engines() {
        pollster::block_on(engine.extend(&plan)).unwrap();
        let rgb = [0; 8 * 8 * 3 - 1];
        let short = engine.write_photo(&view, 0, Photo { width: 8, height: 8, rgb: &rgb }, &crop, &normalize);
        assert!(short.is_err(), "{}", engine.id());
    }
}

/// A chosen square: the centre one is what the profile sees, and none leaves the photo.
#[test]
fn squares_of_a_photo() {
    let profile = Profile::torchvision(1e-5, 256);
    let (width, height) = (960, 480);
    let centre = Crop::of_profile(&profile, width, height, 224);
    let [x, y, side, _] = centre.region(width, height);
    assert_eq!(Crop::of_square(&profile, [width, height], 224, [x, y], side), centre);

    let far = Crop::of_square(&profile, [width, height], 224, [1e9, -5.0], 1e9);
    assert_eq!(far.region(width, height), [480.0, 0.0, 480.0, 480.0]);
    let small = Crop::of_square(&profile, [width, height], 224, [100.0, 50.0], 56.0);
    assert_eq!(small.region(width, height), [100.0, 50.0, 56.0, 56.0]);
    let none = Crop::of_square(&profile, [30, 40], 224, [f64::NAN, f64::NAN], f64::NAN);
    assert_eq!(none.region(30, 40), [0.0, 0.0, 1.0, 1.0]);
}
