#import step
#import store

// For 3x3 windows with stride 1: an invocation walks down a strip of four output columns, and reads
// each input row once for the three output rows that see it.

// Four pixels of a row.
struct Pixels {
    p0: vec4<f32>,
    p1: vec4<f32>,
    p2: vec4<f32>,
    p3: vec4<f32>,
}

// The six input pixels of a row that they see.
struct Span {
    p0: vec4<f32>,
    p1: vec4<f32>,
    p2: vec4<f32>,
    p3: vec4<f32>,
    p4: vec4<f32>,
    p5: vec4<f32>,
}

// A row or column of the input, or the nearest one for those in the padding.
struct Line {
    address: u32,
    inside: bool,
}

fn line_of(position: i32, size: i32, pitch: u32) -> Line {
    let nearest = clamp(position, 0, size - 1);
    return Line(u32(nearest) * pitch, nearest == position);
}

struct Columns {
    c0: Line,
    c1: Line,
    c2: Line,
    c3: Line,
    c4: Line,
    c5: Line,
}

struct Strip {
    quad: u32,
    // The first output column, the first output row and the one after the last.
    x: i32,
    top: i32,
    bottom: i32,
    out_width: i32,
    // The input.
    height: i32,
    above: i32,
    // Its first row, and the output's, counted over all pictures.
    first_row: i32,
    first_out_row: i32,
    pitch: u32,
    start: u32,
    columns: Columns,
}

// Uniforms are read here, once: CPUs do not keep them in registers. A strip after the last is empty.
fn strip_of(invocation: u32) -> Strip {
    let out_size = u.out_size;
    let in_size = u.in_size;
    let pitch = u.in_pitch;
    let quad = invocation % u.out_quads;
    let index = invocation / u.out_quads;
    let across = (u32(out_size.y) + 3u) / 4u;
    let down = (u32(out_size.x) + u32(u.rows) - 1u) / u32(u.rows);
    let picture = i32(index / (across * down));
    let within = index % (across * down);
    let x = i32(within % across) * 4;
    let top = i32(within / across) * u.rows;
    let left = x - u.pad_before.y;
    let columns = Columns(
        line_of(left, in_size.y, pitch),
        line_of(left + 1, in_size.y, pitch),
        line_of(left + 2, in_size.y, pitch),
        line_of(left + 3, in_size.y, pitch),
        line_of(left + 4, in_size.y, pitch),
        line_of(left + 5, in_size.y, pitch),
    );
    return Strip(
        quad,
        x,
        top,
        select(min(top + u.rows, out_size.x), top, u32(picture) >= u.batch),
        out_size.y,
        in_size.x,
        u.pad_before.x,
        picture * in_size.x,
        picture * out_size.x,
        u32(in_size.y) * pitch,
        u.in_offset + quad,
        columns,
    );
}

// The first input row that an output row sees.
fn row_of(s: Strip, y: i32) -> Line {
    let line = line_of(y - s.above, s.height, s.pitch);
    return Line(line.address + u32(s.first_row) * s.pitch + s.start, line.inside);
}

// Pixels of an output row, as many as it has.
fn store_row(e: Epilogue, s: Strip, y: i32, values: Pixels) {
    let pixel = u32((s.first_out_row + y) * s.out_width + s.x);
    let left = s.out_width - s.x;
    store_through(e, pixel, values.p0);
    if left > 1 {
        store_through(e, pixel + 1u, values.p1);
    }
    if left > 2 {
        store_through(e, pixel + 2u, values.p2);
    }
    if left > 3 {
        store_through(e, pixel + 3u, values.p3);
    }
}
