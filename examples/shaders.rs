//! Prints every shader permutation as JSON, for the test that creates its pipeline in real browsers.

fn main() {
    println!("{}", inceptionscope::engine::gpu::shaders::to_json());
}
