// Dense convolution as an implicit matrix product, for real GPUs: a workgroup computes a tile of 32 pixels by 32 channels
// and reads what it multiplies once, through workgroup memory. Each invocation keeps four pixels of one quad in registers.
#import patches
#import store

// kh, kw, in, out: for each input channel a row of output quads. Where pictures have weights of their own, no tile lies in
// two pictures.
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// teams: they share out the sum and add up at the end, since small maps have too few tiles for a large GPU. Four of 64
// invocations, or deeper: eight of 32, with tiles 16 channels wide.
#ifdef deeper
const TEAMS = 8u;
const QUADS = 4u;
const DEPTH = 2u;
#else
#ifdef teams
const TEAMS = 4u;
#else
const TEAMS = 1u;
#endif
const QUADS = 8u;
// Input quads of the tile that a team holds at once.
const DEPTH = 4u;
#endif
const PIXELS = 32u;
// Invocations: eight rows of pixels by all quads. Each fetches two pixels; the weights are as many, or half of that.
const TEAM = 8u * QUADS;
const ROWS = TEAM / QUADS;
const HELD_PIXELS = DEPTH * PIXELS;
const HELD = HELD_PIXELS + 4u * DEPTH * QUADS;

// Later the sums, which are as many or more.
var<workgroup> held: array<vec4<f32>, TEAMS * TEAM * 4u>;

struct Sums {
    p0: vec4<f32>,
    p1: vec4<f32>,
    p2: vec4<f32>,
    p3: vec4<f32>,
}

// Where a pixel's input quad is held. Neighbouring invocations write to different banks.
fn held_pixel(pixel: u32, depth: u32) -> u32 {
    return depth * PIXELS + (pixel ^ (8u / DEPTH * depth));
}

// The input under one weight of the window; zero after the last.
fn fetch(corner: vec3<i32>, tap: vec2<u32>, q: u32, frame: Frame) -> vec4<f32> {
    if tap.x >= u32(u.kernel.x) {
        return vec4<f32>();
    }
    return load(source(corner + vec3(vec2<i32>(tap), 0), frame), q);
}

// One of the input quads that are held. Called once for each, not in a loop: compilers guard loops, and do not unroll them.
fn add(sums: ptr<function, Sums>, pixels_at: u32, pixel: u32, weights_at: u32, depth: u32) {
    let at = weights_at + 4u * depth * QUADS;
    let w = mat4x4(held[at], held[at + QUADS], held[at + 2u * QUADS], held[at + 3u * QUADS]);
    (*sums).p0 += w * held[pixels_at + held_pixel(pixel, depth)];
    (*sums).p1 += w * held[pixels_at + held_pixel(pixel + 8u, depth)];
    (*sums).p2 += w * held[pixels_at + held_pixel(pixel + 16u, depth)];
    (*sums).p3 += w * held[pixels_at + held_pixel(pixel + 24u, depth)];
}

@compute @workgroup_size(TEAMS * TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
    let out_quads = u.out_quads;
    let in_quads = u.in_quads;
    let team = invocation / TEAM;
    let member = invocation % TEAM;
    let across = (out_quads + QUADS - 1u) / QUADS;
    let first_quad = group.x % across * QUADS;
    let first_pixel = group.x / across * PIXELS;
    let frame = frame_of_step();
    let kernel = vec2<u32>(u.kernel);
    let count = kernel.x * kernel.y * in_quads;
    let last_row = count * 4u - 1u;
    let first_weight = picture_of(first_pixel) * u.weights_pitch;

    // What this invocation fetches: one depth of two pixels, and rows of one quad of the weights.
    let depth = member % DEPTH;
    let fetched_pixel = member / DEPTH;
    let c0 = corner_of(first_pixel + fetched_pixel, frame);
    let c1 = corner_of(first_pixel + fetched_pixel + PIXELS / 2u, frame);
    let fetched_quad = min(first_quad + member % QUADS, out_quads - 1u);
    let pixels_at = team * HELD;
    let weights_at = pixels_at + HELD_PIXELS;

    // What it computes: pixels pixel, pixel + 8, pixel + 16 and pixel + 24 of the tile.
    let quad = member % QUADS;
    let pixel = member / QUADS;
    var sums = Sums();

    // What is fetched next: row and column of the window, and the input quad there.
    let n = team * DEPTH + depth;
    var tap = vec2(n / in_quads / kernel.y, n / in_quads % kernel.y);
    var q = n % in_quads;
    var row = team * DEPTH * 4u + member / QUADS;
    var x0 = fetch(c0, tap, q, frame);
    var x1 = fetch(c1, tap, q, frame);
    var w0 = weights[first_weight + min(row, last_row) * out_quads + fetched_quad];
#ifndef deeper
    var w1 = weights[first_weight + min(row + ROWS, last_row) * out_quads + fetched_quad];
#endif
    for (var begin = 0u; begin < count; begin += TEAMS * DEPTH) {
        workgroupBarrier();
        held[pixels_at + held_pixel(fetched_pixel, depth)] = x0;
        held[pixels_at + held_pixel(fetched_pixel + PIXELS / 2u, depth)] = x1;
        held[weights_at + member] = w0;
#ifndef deeper
        held[weights_at + member + TEAM] = w1;
#endif
        workgroupBarrier();
        // What the next round needs is fetched while this one computes.
        row += TEAMS * DEPTH * 4u;
        q += TEAMS * DEPTH;
        if q >= in_quads {
            tap.y += q / in_quads;
            q %= in_quads;
            tap = vec2(tap.x + tap.y / kernel.y, tap.y % kernel.y);
        }
        x0 = fetch(c0, tap, q, frame);
        x1 = fetch(c1, tap, q, frame);
        // Rows after the last meet pixels that are zero, and must be numbers.
        w0 = weights[first_weight + min(row, last_row) * out_quads + fetched_quad];
#ifndef deeper
        w1 = weights[first_weight + min(row + ROWS, last_row) * out_quads + fetched_quad];
#endif
        add(&sums, pixels_at, pixel, weights_at + quad, 0u);
        add(&sums, pixels_at, pixel, weights_at + quad, 1u);
#ifndef deeper
        add(&sums, pixels_at, pixel, weights_at + quad, 2u);
        add(&sums, pixels_at, pixel, weights_at + quad, 3u);
#endif
    }
    let stored_quad = first_quad + quad;
#ifdef teams
    // Each team stores what is its part of the pixels.
    workgroupBarrier();
    let sums_at = invocation * 4u;
    held[sums_at] = sums.p0;
    held[sums_at + 1u] = sums.p1;
    held[sums_at + 2u] = sums.p2;
    held[sums_at + 3u] = sums.p3;
    workgroupBarrier();
    if team < 4u && stored_quad < out_quads {
        var sum = held[member * 4u + team];
        for (var other = 1u; other < TEAMS; other++) {
            sum += held[(other * TEAM + member) * 4u + team];
        }
        let stored = first_pixel + pixel + 8u * team;
        if stored <= frame.last {
            store(stored, stored_quad, sum);
        }
    }
#else
    if stored_quad >= out_quads {
        return;
    }
    let e = epilogue_of(stored_quad);
    let stored = first_pixel + pixel;
    if stored <= frame.last {
        store_through(e, stored, sums.p0);
    }
    if stored + 8u <= frame.last {
        store_through(e, stored + 8u, sums.p1);
    }
    if stored + 16u <= frame.last {
        store_through(e, stored + 16u, sums.p2);
    }
    if stored + 24u <= frame.last {
        store_through(e, stored + 24u, sums.p3);
    }
#endif
}
