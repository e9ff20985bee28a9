// The regions of adaptive pools, which tile their input.
struct Region {
    begin: vec2<i32>,
    end: vec2<i32>,
}

// The inputs that an output averages: floor(at * inputs / outputs) to ceil((at + 1) * inputs / outputs). With
// inputs and outputs exchanged, the outputs that average an input.
fn region_of(at: vec2<i32>, inputs: vec2<i32>, outputs: vec2<i32>) -> Region {
    return Region(at * inputs / outputs, ((at + 1) * inputs + outputs - 1) / outputs);
}

fn area_of(region: Region) -> f32 {
    let size = region.end - region.begin;
    return f32(size.x * size.y);
}
