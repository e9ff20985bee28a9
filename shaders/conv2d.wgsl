// Dense convolution as an implicit matrix product: pixels by output channels. Each invocation keeps a
// tile of sums in registers: up to eight consecutive pixels by four quads of channels. The tiles are
// written out by hand because arrays in function memory are not registers on every device.
#import step
#import store

// kh, kw, in, out: for each input channel a row of output quads.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

#ifdef large
const PIXELS = 8u;
const QUADS = 4u;
#else
#ifdef medium
const PIXELS = 4u;
const QUADS = 2u;
#else
const PIXELS = 1u;
const QUADS = 1u;
#endif
#endif

// Sums of one pixel.
struct Sums {
    q0: vec4<f32>,
#ifdef medium
    q1: vec4<f32>,
#endif
#ifdef large
    q2: vec4<f32>,
    q3: vec4<f32>,
#endif
}

// What one input quad means to each output quad.
struct Weights {
    q0: mat4x4<f32>,
#ifdef medium
    q1: mat4x4<f32>,
#endif
#ifdef large
    q2: mat4x4<f32>,
    q3: mat4x4<f32>,
#endif
}

fn add(sums: ptr<function, Sums>, w: Weights, x: vec4<f32>) {
    (*sums).q0 += w.q0 * x;
#ifdef medium
    (*sums).q1 += w.q1 * x;
#endif
#ifdef large
    (*sums).q2 += w.q2 * x;
    (*sums).q3 += w.q3 * x;
#endif
}

fn columns(first: u32) -> mat4x4<f32> {
    return mat4x4(
        weights[first],
        weights[first + u.out_quads],
        weights[first + 2u * u.out_quads],
        weights[first + 3u * u.out_quads],
    );
}

// The part of the input that meets one weight of the window.
struct Source {
    address: u32,
#ifndef pointwise
    // Padding is zero.
    inside: bool,
#endif
}

// Consecutive pixels; those after the last repeat it and are not stored.
fn source(pixel: u32, window: vec2<i32>) -> Source {
    let p = min(pixel, out_pixels() - 1u);
#ifdef pointwise
    return Source(p * u.in_pitch + u.in_offset);
#else
    let position = out_position(p) * u.stride - u.pad_before + window;
    let inside = all(position >= vec2(0)) && all(position < u.in_size);
    return Source(in_address(select(vec2(0), position, inside)), inside);
#endif
}

fn load(source: Source, quad: u32) -> vec4<f32> {
#ifdef pointwise
    return input[source.address + quad];
#else
    return select(vec4(0.0), input[source.address + quad], source.inside);
#endif
}

fn store_sums(pixel: u32, quad: u32, sums: Sums) {
    if pixel >= out_pixels() {
        return;
    }
    store(pixel, quad, sums.q0);
#ifdef medium
    if quad + 1u < u.out_quads {
        store(pixel, quad + 1u, sums.q1);
    }
#endif
#ifdef large
    if quad + 2u < u.out_quads {
        store(pixel, quad + 2u, sums.q2);
    }
    if quad + 3u < u.out_quads {
        store(pixel, quad + 3u, sums.q3);
    }
#endif
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let across = (u.out_quads + QUADS - 1u) / QUADS;
    let quad = id.x % across * QUADS;
    let pixel = id.x / across * PIXELS;
    if pixel >= out_pixels() {
        return;
    }
    // Quads after the last repeat it and are not stored.
    let last = u.out_quads - 1u;
    var s0 = Sums();
#ifdef medium
    var s1 = Sums();
    var s2 = Sums();
    var s3 = Sums();
#endif
#ifdef large
    var s4 = Sums();
    var s5 = Sums();
    var s6 = Sums();
    var s7 = Sums();
#endif
    var row = 0u;
#ifdef pointwise
    let window = vec2(0);
#else
    for (var ky = 0; ky < u.kernel.x; ky++) {
    for (var kx = 0; kx < u.kernel.y; kx++) {
    let window = vec2(ky, kx);
#endif
    let i0 = source(pixel, window);
#ifdef medium
    let i1 = source(pixel + 1u, window);
    let i2 = source(pixel + 2u, window);
    let i3 = source(pixel + 3u, window);
#endif
#ifdef large
    let i4 = source(pixel + 4u, window);
    let i5 = source(pixel + 5u, window);
    let i6 = source(pixel + 6u, window);
    let i7 = source(pixel + 7u, window);
#endif
    for (var c = 0u; c < u.in_quads; c++) {
        var w: Weights;
        w.q0 = columns(row + quad);
#ifdef medium
        w.q1 = columns(row + min(quad + 1u, last));
#endif
#ifdef large
        w.q2 = columns(row + min(quad + 2u, last));
        w.q3 = columns(row + min(quad + 3u, last));
#endif
        row += 4u * u.out_quads;
        add(&s0, w, load(i0, c));
#ifdef medium
        add(&s1, w, load(i1, c));
        add(&s2, w, load(i2, c));
        add(&s3, w, load(i3, c));
#endif
#ifdef large
        add(&s4, w, load(i4, c));
        add(&s5, w, load(i5, c));
        add(&s6, w, load(i6, c));
        add(&s7, w, load(i7, c));
#endif
    }
#ifndef pointwise
    }
    }
#endif
    store_sums(pixel, quad, s0);
#ifdef medium
    store_sums(pixel + 1u, quad, s1);
    store_sums(pixel + 2u, quad, s2);
    store_sums(pixel + 3u, quad, s3);
#endif
#ifdef large
    store_sums(pixel + 4u, quad, s4);
    store_sums(pixel + 5u, quad, s5);
    store_sums(pixel + 6u, quad, s6);
    store_sums(pixel + 7u, quad, s7);
#endif
}
