// Dense convolution as an implicit matrix product: pixels by output channels. Each invocation keeps a
// tile of sums in registers: consecutive pixels by quads of channels. The tiles are written out by
// hand because arrays in function memory are not registers on every device.
#import patches
#import store

// kh, kw, in, out: for each input channel a row of output quads. Where pictures have weights of their own, no tile lies in
// two pictures.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// Only CPUs run the large tile: few invocations a workgroup let all cores take part in small maps.
#ifdef large
const PIXELS = 16u;
const INVOCATIONS = 8;
#else
const INVOCATIONS = 64;
#ifdef small
const PIXELS = 1u;
#else
const PIXELS = 4u;
#endif
#endif
#ifdef quad
const QUADS = 1u;
#else
const QUADS = 4u;
#endif

// Sums of one pixel.
struct Sums {
    q0: vec4<f32>,
#ifndef quad
    q1: vec4<f32>,
    q2: vec4<f32>,
    q3: vec4<f32>,
#endif
}

// What one input quad means to each output quad.
struct Weights {
    q0: mat4x4<f32>,
#ifndef quad
    q1: mat4x4<f32>,
    q2: mat4x4<f32>,
    q3: mat4x4<f32>,
#endif
}

fn add(sums: ptr<function, Sums>, w: Weights, x: vec4<f32>) {
    (*sums).q0 += w.q0 * x;
#ifndef quad
    (*sums).q1 += w.q1 * x;
    (*sums).q2 += w.q2 * x;
    (*sums).q3 += w.q3 * x;
#endif
}

// Four input channels, from row `first` on, of rows of `pitch` quads.
fn columns(first: u32, pitch: u32) -> mat4x4<f32> {
    return mat4x4(
        weights[first],
        weights[first + pitch],
        weights[first + 2u * pitch],
        weights[first + 3u * pitch],
    );
}

// For a tile's quads, of an input quad whose weights begin at `row`. Quads after the last repeat it, and are not stored.
fn weights_of(row: u32, quad: u32, out_quads: u32) -> Weights {
    var w: Weights;
    w.q0 = columns(row + quad, out_quads);
#ifndef quad
    let last = out_quads - 1u;
    w.q1 = columns(row + min(quad + 1u, last), out_quads);
    w.q2 = columns(row + min(quad + 2u, last), out_quads);
    w.q3 = columns(row + min(quad + 3u, last), out_quads);
#endif
    return w;
}

#ifdef large
// The sums of a pixel's quads.
fn quads_of(sums: Sums) -> array<vec4<f32>, QUADS> {
#ifdef quad
    return array(sums.q0);
#else
    return array(sums.q0, sums.q1, sums.q2, sums.q3);
#endif
}
#endif

#ifndef large
#ifndef small
// One quad of the tile's pixels.
fn store_quad(pixel: u32, quad: u32, v0: vec4<f32>, v1: vec4<f32>, v2: vec4<f32>, v3: vec4<f32>) {
    if quad >= u.out_quads {
        return;
    }
    let e = epilogue_of(quad);
    let left = out_pixels() - pixel;
    store_through(e, pixel, v0);
    if left > 1u {
        store_through(e, pixel + 1u, v1);
    }
    if left > 2u {
        store_through(e, pixel + 2u, v2);
    }
    if left > 3u {
        store_through(e, pixel + 3u, v3);
    }
}
#endif
#endif

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Read once: CPUs do not keep uniforms in registers.
    let out_quads = u.out_quads;
    let in_quads = u.in_quads;
    let across = (out_quads + QUADS - 1u) / QUADS;
    let quad = id.x % across * QUADS;
    let pixel = id.x / across * PIXELS;
    if pixel >= out_pixels() {
        return;
    }
    var s0 = Sums();
#ifndef small
    var s1 = Sums();
    var s2 = Sums();
    var s3 = Sums();
#endif
#ifdef large
    var s4 = Sums();
    var s5 = Sums();
    var s6 = Sums();
    var s7 = Sums();
    var s8 = Sums();
    var s9 = Sums();
    var s10 = Sums();
    var s11 = Sums();
    var s12 = Sums();
    var s13 = Sums();
    var s14 = Sums();
    var s15 = Sums();
#endif
    let frame = frame_of_step();
    let c0 = corner_of(pixel + 0u, frame);
#ifndef small
    let c1 = corner_of(pixel + 1u, frame);
    let c2 = corner_of(pixel + 2u, frame);
    let c3 = corner_of(pixel + 3u, frame);
#endif
#ifdef large
    let c4 = corner_of(pixel + 4u, frame);
    let c5 = corner_of(pixel + 5u, frame);
    let c6 = corner_of(pixel + 6u, frame);
    let c7 = corner_of(pixel + 7u, frame);
    let c8 = corner_of(pixel + 8u, frame);
    let c9 = corner_of(pixel + 9u, frame);
    let c10 = corner_of(pixel + 10u, frame);
    let c11 = corner_of(pixel + 11u, frame);
    let c12 = corner_of(pixel + 12u, frame);
    let c13 = corner_of(pixel + 13u, frame);
    let c14 = corner_of(pixel + 14u, frame);
    let c15 = corner_of(pixel + 15u, frame);
#endif
    var row = picture_of(pixel) * u.weights_pitch;
    var q = 0u;
#ifdef pointwise
    let window = 0u;
    let count = in_quads;
#else
    let kernel = u.kernel;
    let count = u32(kernel.x * kernel.y) * in_quads;
    var window = vec3(0);
#endif
    var i0 = source(c0 + window, frame);
#ifndef small
    var i1 = source(c1 + window, frame);
    var i2 = source(c2 + window, frame);
    var i3 = source(c3 + window, frame);
#endif
#ifdef large
    var i4 = source(c4 + window, frame);
    var i5 = source(c5 + window, frame);
    var i6 = source(c6 + window, frame);
    var i7 = source(c7 + window, frame);
    var i8 = source(c8 + window, frame);
    var i9 = source(c9 + window, frame);
    var i10 = source(c10 + window, frame);
    var i11 = source(c11 + window, frame);
    var i12 = source(c12 + window, frame);
    var i13 = source(c13 + window, frame);
    var i14 = source(c14 + window, frame);
    var i15 = source(c15 + window, frame);
#endif
    // One loop over the window and the channels: SwiftShader copies all sums where a loop begins or ends.
    for (var n = 0u; n < count; n++) {
        let w = weights_of(row, quad, out_quads);
        row += 4u * out_quads;
        add(&s0, w, load(i0, q));
#ifndef small
        add(&s1, w, load(i1, q));
        add(&s2, w, load(i2, q));
        add(&s3, w, load(i3, q));
#endif
#ifdef large
        add(&s4, w, load(i4, q));
        add(&s5, w, load(i5, q));
        add(&s6, w, load(i6, q));
        add(&s7, w, load(i7, q));
        add(&s8, w, load(i8, q));
        add(&s9, w, load(i9, q));
        add(&s10, w, load(i10, q));
        add(&s11, w, load(i11, q));
        add(&s12, w, load(i12, q));
        add(&s13, w, load(i13, q));
        add(&s14, w, load(i14, q));
        add(&s15, w, load(i15, q));
#endif
        q++;
#ifndef pointwise
        if q == in_quads {
            q = 0u;
            window.y++;
            if window.y == kernel.y {
                window = vec3(window.x + 1, 0, 0);
            }
            i0 = source(c0 + window, frame);
#ifndef small
            i1 = source(c1 + window, frame);
            i2 = source(c2 + window, frame);
            i3 = source(c3 + window, frame);
#endif
#ifdef large
            i4 = source(c4 + window, frame);
            i5 = source(c5 + window, frame);
            i6 = source(c6 + window, frame);
            i7 = source(c7 + window, frame);
            i8 = source(c8 + window, frame);
            i9 = source(c9 + window, frame);
            i10 = source(c10 + window, frame);
            i11 = source(c11 + window, frame);
            i12 = source(c12 + window, frame);
            i13 = source(c13 + window, frame);
            i14 = source(c14 + window, frame);
            i15 = source(c15 + window, frame);
#endif
        }
#endif
    }
#ifdef large
    // One copy of the code that stores, in a loop: sixty-four of them took most of the time to compile.
    var tile = array(
        quads_of(s0), quads_of(s1), quads_of(s2), quads_of(s3),
        quads_of(s4), quads_of(s5), quads_of(s6), quads_of(s7),
        quads_of(s8), quads_of(s9), quads_of(s10), quads_of(s11),
        quads_of(s12), quads_of(s13), quads_of(s14), quads_of(s15),
    );
    let pixels = min(PIXELS, frame.last + 1u - pixel);
    for (var j = 0u; j < min(QUADS, out_quads - quad); j++) {
        let e = epilogue_of(quad + j);
        for (var i = 0u; i < pixels; i++) {
            store_through(e, pixel + i, tile[i][j]);
        }
    }
#else
#ifdef small
    store(pixel, quad, s0.q0);
#else
    store_quad(pixel, quad, s0.q0, s1.q0, s2.q0, s3.q0);
    store_quad(pixel, quad + 1u, s0.q1, s1.q1, s2.q1, s3.q1);
    store_quad(pixel, quad + 2u, s0.q2, s1.q2, s2.q2, s3.q2);
    store_quad(pixel, quad + 3u, s0.q3, s1.q3, s2.q3, s3.q3);
#endif
#endif
}
