//! Keras files made for the occasion: small, but of a network that is known, so that their values are read.

use super::random::Random;
use hdf5_pure::{AttrValue, FileBuilder, MaxExtent};
use std::io::{Cursor, Write};

/// A file of Keras's Xception: its first kernel, and one more dataset with zeros and as many other values.
fn xception(name: &str, shape: &[u64], chunks: &[u64], values: usize) -> Vec<u8> {
    with(FileBuilder::new(), name, shape, chunks, values)
}

/// The same, in a file that has begun.
fn with(mut file: FileBuilder, name: &str, shape: &[u64], chunks: &[u64], values: usize) -> Vec<u8> {
    let kernel: Vec<f32> = (0..864).map(|i| i as f32).collect();
    let mut add = |name: &str, shape: &[u64], chunks: &[u64], data: &[f32]| {
        let mut group = file.create_group(name);
        let dataset = group.create_dataset("kernel:0").with_f32_data(data).with_shape(shape);
        if !chunks.is_empty() {
            let rest = shape[1..].iter().map(|length| MaxExtent::Fixed(*length));
            let most: Vec<MaxExtent> = [MaxExtent::Unlimited].into_iter().chain(rest).collect();
            dataset.with_maxshape(&most).with_chunks(chunks).with_deflate(9);
        }
        file.add_group(group.finish());
    };
    add("block1_conv1", &[3, 3, 3, 32], &[], &kernel);
    let mut random = Random(1);
    let count = shape.iter().product::<u64>() as usize;
    let data: Vec<f32> = (0..count).map(|i| if i < values { random.bits() as f32 } else { 0.0 }).collect();
    add(name, shape, chunks, &data);
    file.finish().unwrap()
}

/// What is read whole, and what has a chunk that is much larger than its dataset.
pub(crate) fn files() -> Vec<Vec<u8>> {
    vec![
        xception("predictions", &[6, 5], &[], 30),
        xception("predictions", &[6, 5], &[4, 5], 30),
        xception("predictions", &[2, 5], &[1 << 18, 5], 10),
    ]
}

/// A `.keras` archive.
fn archive(config: &str, weights: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut archive = rawzip::ZipArchiveWriter::new(&mut file);
    for (name, bytes) in [("config.json", config.as_bytes()), ("model.weights.h5", weights)] {
        let (mut entry, config) = archive.new_file(name).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(bytes).unwrap();
        let (_, written) = writer.finish().unwrap();
        entry.finish(written).unwrap();
    }
    archive.finish().unwrap();
    file.into_inner()
}

/// Files that claim much, by what it is, and whether they are read.
pub(crate) fn heavy() -> [(&'static str, Vec<u8>, bool); 9] {
    let chunk = files().remove(2);
    // A map of one entry takes seven bytes here and six hundred in memory.
    let maps = format!(r#"{{"config":[{}0]}}"#, r#"{"":0},"#.repeat(8_000));
    let mut configured = FileBuilder::new();
    configured.set_attr("model_config", AttrValue::String(maps.clone()));
    let mut indexed = files().remove(1);
    let index = indexed.windows(4).position(|bytes| bytes == b"EAHD").unwrap();
    indexed[index + 10] = 255;
    let linked = include_bytes!("../fixtures/weights/linked.h5").to_vec();
    let deflated = |name| xception(name, &[1024, 1536], &[64, 1536], 100_000);
    [
        ("a large chunk", chunk, false),
        ("many zeros", deflated("predictions"), false),
        // Nobody asks for it.
        ("an optimiser's zeros", deflated("optimizer"), true),
        // More than any convolution has.
        ("a large kernel", xception("block1_conv2", &[3, 3, 400, 400], &[3, 3, 400, 4], 100_000), false),
        // As large as the network's own: pruned weights are deflated to little.
        ("a pruned network", xception("block1_conv2", &[3, 3, 32, 64], &[3, 3, 32, 64], 100), true),
        ("a configuration", with(configured, "predictions", &[6, 5], &[], 30), false),
        ("a configuration in an archive", archive(&maps, &files()[0]), false),
        ("groups linked again and again", linked, false),
        ("an index of chunks without end", indexed, false),
    ]
}
