// One 3x3 kernel for each channel, with stride 1.
#import strip

// kh, kw, channel.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

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
        sums.p0 + w.left * x.p0 + w.middle * x.p1 + w.right * x.p2,
        sums.p1 + w.left * x.p1 + w.middle * x.p2 + w.right * x.p3,
        sums.p2 + w.left * x.p2 + w.middle * x.p3 + w.right * x.p4,
        sums.p3 + w.left * x.p3 + w.middle * x.p4 + w.right * x.p5,
    );
}

fn load(row: Line, column: Line, rectify: bool) -> vec4<f32> {
    let value = input[row.address + column.address];
    // Padding is zero.
    return select(vec4(0.0), select(value, relu(value), rectify), row.inside && column.inside);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let s = strip_of(id.x);
    if s.top >= s.bottom {
        return;
    }
    let quads = u.out_quads;
    let w0 = weights_of(0u, quads, s.quad);
    let w1 = weights_of(1u, quads, s.quad);
    let w2 = weights_of(2u, quads, s.quad);
    let e = epilogue_of(s.quad);
    let rectify = has(RELU_INPUT);
    // Sums of the two output rows above, which the next input row adds to.
    var first = Pixels();
    var second = Pixels();
    for (var y = s.top; y < s.bottom + 2; y++) {
        let row = row_of(s, y);
        let values = Span(
            load(row, s.columns.c0, rectify),
            load(row, s.columns.c1, rectify),
            load(row, s.columns.c2, rectify),
            load(row, s.columns.c3, rectify),
            load(row, s.columns.c4, rectify),
            load(row, s.columns.c5, rectify),
        );
        let done = add(first, w2, values);
        first = add(second, w1, values);
        second = add(Pixels(), w0, values);
        if y >= s.top + 2 {
            store_row(e, s, y - 2, done);
        }
    }
}
