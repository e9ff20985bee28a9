// One 3x3 kernel for each channel, with stride 1. An invocation walks down a strip of four columns, so
// that each input row is read once for the three output rows that it adds to.
#import step
#import store

// kh, kw, channel.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// Four pixels of a row.
struct Pixels {
    p0: vec4<f32>,
    p1: vec4<f32>,
    p2: vec4<f32>,
    p3: vec4<f32>,
}

// Those pixels with two more on their right.
struct Span {
    start: Pixels,
    p4: vec4<f32>,
    p5: vec4<f32>,
}

// The three weights of one row.
struct Weights {
    left: vec4<f32>,
    middle: vec4<f32>,
    right: vec4<f32>,
}

fn weights_of(row: u32, quads: u32, quad: u32) -> Weights {
    let first = 3u * row * quads + quad;
    return Weights(weights[first], weights[first + quads], weights[first + 2u * quads]);
}

fn add(sums: Pixels, w: Weights, x: Span) -> Pixels {
    return Pixels(
        sums.p0 + w.left * x.start.p0 + w.middle * x.start.p1 + w.right * x.start.p2,
        sums.p1 + w.left * x.start.p1 + w.middle * x.start.p2 + w.right * x.start.p3,
        sums.p2 + w.left * x.start.p2 + w.middle * x.start.p3 + w.right * x.p4,
        sums.p3 + w.left * x.start.p3 + w.middle * x.p4 + w.right * x.p5,
    );
}

// Where a column lies in a row, and whether it is none of the padding.
struct Column {
    address: u32,
    inside: bool,
}

fn column_of(x: i32, width: i32, pitch: u32) -> Column {
    let inside = x >= 0 && x < width;
    return Column(u32(select(0, x, inside)) * pitch, inside);
}

fn load(row: u32, inside: bool, column: Column, least: f32) -> vec4<f32> {
    // Padding is zero.
    return select(vec4(0.0), max(input[row + column.address], vec4(least)), inside && column.inside);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Uniforms are read once: CPUs do not keep them in registers.
    let in_size = u.in_size;
    let out_size = u.out_size;
    let pitch = u.in_pitch;
    let quads = u.out_quads;
    let rows = u.rows;
    let least = select(-3.0e38, 0.0, has(RELU_INPUT));
    let across = (u32(out_size.y) + 3u) / 4u;
    let quad = id.x % quads;
    let strip = id.x / quads;
    let x = i32(strip % across * 4u);
    let top = i32(strip / across) * rows;
    if top >= out_size.x {
        return;
    }
    let bottom = min(top + rows, out_size.x);
    let e = epilogue_of(quad);
    let w0 = weights_of(0u, quads, quad);
    let w1 = weights_of(1u, quads, quad);
    let w2 = weights_of(2u, quads, quad);
    let first = x - u.pad_before.y;
    let c0 = column_of(first, in_size.y, pitch);
    let c1 = column_of(first + 1, in_size.y, pitch);
    let c2 = column_of(first + 2, in_size.y, pitch);
    let c3 = column_of(first + 3, in_size.y, pitch);
    let c4 = column_of(first + 4, in_size.y, pitch);
    let c5 = column_of(first + 5, in_size.y, pitch);
    let line = u32(in_size.y) * pitch;
    let start = u.in_offset + quad;
    let above = u.pad_before.x;

    // Sums of the two output rows that the next input row adds to: as their last row, and as their middle one.
    var ends = Pixels();
    var middle = Pixels();
    for (var y = top; y < bottom + 2; y++) {
        let in_y = y - above;
        let inside = in_y >= 0 && in_y < in_size.x;
        let row = u32(select(0, in_y, inside)) * line + start;
        let values = Span(
            Pixels(
                load(row, inside, c0, least),
                load(row, inside, c1, least),
                load(row, inside, c2, least),
                load(row, inside, c3, least),
            ),
            load(row, inside, c4, least),
            load(row, inside, c5, least),
        );
        let done = add(ends, w2, values);
        ends = add(middle, w1, values);
        middle = add(Pixels(), w0, values);
        if y >= top + 2 {
            let pixel = u32((y - 2) * out_size.y + x);
            let left = out_size.y - x;
            store_through(e, pixel, done.p0);
            if left > 1 {
                store_through(e, pixel + 1u, done.p1);
            }
            if left > 2 {
                store_through(e, pixel + 2u, done.p2);
            }
            if left > 3 {
                store_through(e, pixel + 3u, done.p3);
            }
        }
    }
}
