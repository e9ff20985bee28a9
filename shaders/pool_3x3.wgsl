// Largest value or mean of 3x3 windows with stride 1.
#import strip

#ifdef max
// The nearest pixel stands for padding: it is in the window too, so that it changes no maximum.
fn load(row: Line, column: Line) -> vec4<f32> {
    return input[row.address + column.address];
}

fn both(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return largest(a, b);
}
#else
fn load(row: Line, column: Line) -> vec4<f32> {
    return select(vec4(0.0), input[row.address + column.address], row.inside && column.inside);
}

fn both(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return a + b;
}

// How many of three lines are inside.
fn count(a: Line, b: Line, c: Line) -> f32 {
    return f32(u32(a.inside) + u32(b.inside) + u32(c.inside));
}
#endif

// Of three neighbours in a row.
fn across(x: Span) -> Pixels {
    return Pixels(
        both(both(x.p0, x.p1), x.p2),
        both(both(x.p1, x.p2), x.p3),
        both(both(x.p2, x.p3), x.p4),
        both(both(x.p3, x.p4), x.p5),
    );
}

fn both_rows(a: Pixels, b: Pixels) -> Pixels {
    return Pixels(both(a.p0, b.p0), both(a.p1, b.p1), both(a.p2, b.p2), both(a.p3, b.p3));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let s = strip_of(id.x);
    if s.top >= s.bottom {
        return;
    }
    let c = s.columns;
    let e = epilogue_of(s.quad);
#ifndef max
    let with_padding = has(COUNT_INCLUDE_PAD);
    let counts = vec4(count(c.c0, c.c1, c.c2), count(c.c1, c.c2, c.c3), count(c.c2, c.c3, c.c4), count(c.c3, c.c4, c.c5));
#endif
    // Of the input row above, and of that and the one above it.
    var one = Pixels();
    var two = Pixels();
    for (var y = s.top; y < s.bottom + 2; y++) {
        let row = row_of(s, y);
        let now = across(Span(
            load(row, c.c0),
            load(row, c.c1),
            load(row, c.c2),
            load(row, c.c3),
            load(row, c.c4),
            load(row, c.c5),
        ));
        if y >= s.top + 2 {
#ifdef max
            store_row(e, s, y - 2, both_rows(two, now));
#else
            let rows = count(row_of(s, y - 2), row_of(s, y - 1), row);
            // Columns after the last count none, and are not stored.
            let n = select(max(counts * rows, vec4(1.0)), vec4(9.0), with_padding);
            let sum = both_rows(two, now);
            store_row(e, s, y - 2, Pixels(sum.p0 / n.x, sum.p1 / n.y, sum.p2 / n.z, sum.p3 / n.w));
#endif
        }
        two = both_rows(one, now);
        one = now;
    }
}
