// Largest value of each window; padding never wins. The variant for gradients also writes the number of the
// first tap that saw it.
#import each
#import window

#ifdef taps
@group(0) @binding(7) var<storage, read_write> second_output: array<vec4<f32>>;
#endif

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let window = window_of(pixel);
    var best = input[in_address(window.picture, window.begin) + quad];
#ifdef taps
    var first = vec4(f32(tap_of(window.position, window.begin)));
#endif
    for (var y = window.begin.x; y < window.end.x; y++) {
        for (var x = window.begin.y; x < window.end.y; x++) {
            let value = input[in_address(window.picture, vec2(y, x)) + quad];
#ifdef taps
            let is_larger = !is_nan(best) & (is_nan(value) | (value > best));
            first = select(first, vec4(f32(tap_of(window.position, vec2(y, x)))), is_larger);
#endif
            best = largest(best, value);
        }
    }
#ifdef taps
    let address = pixel * u.second_out_pitch + u.second_out_offset + quad;
    second_output[address] = select(vec4(0.0), first, is_channel(quad));
#endif
    return best;
}
