// Channels as small pictures: each pixel is the mean of those that it covers, in the regions of
// adaptive_avg_pool.wgsl. The variant for the mean of all channels makes one picture.
#import step

#ifdef mean
@group(0) @binding(2) var<storage, read_write> small: array<f32>;
#else
@group(0) @binding(2) var<storage, read> channels: array<u32>;
@group(0) @binding(3) var<storage, read_write> small: array<f32>;
#endif

// Which of a quad's channels are no padding.
fn is_channel(quad: u32) -> vec4<bool> {
    return vec4(quad * 4u) + vec4(0u, 1u, 2u, 3u) < vec4(u.in_channels);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let position = out_position(id.x % out_pixels());
    let begin = position * u.in_size / u.out_size;
    let end = ((position + vec2(1)) * u.in_size + u.out_size - vec2(1)) / u.out_size;
#ifdef mean
    if id.x >= out_pixels() {
        return;
    }
    var sum = 0.0;
#else
    if id.x >= out_pixels() * u.out_channels {
        return;
    }
    let channel = channels[id.x / out_pixels()];
    var sum = 0.0;
#endif
    for (var y = begin.x; y < end.x; y++) {
        for (var x = begin.y; x < end.y; x++) {
            let address = in_address(0u, vec2(y, x));
#ifdef mean
            for (var quad = 0u; quad < u.in_quads; quad++) {
                sum += dot(select(vec4(0.0), input[address + quad], is_channel(quad)), vec4(1.0));
            }
#else
            sum += input[address + channel / 4u][channel % 4u];
#endif
        }
    }
    let counted = end - begin;
#ifdef mean
    small[id.x] = sum / f32(counted.x * counted.y) / f32(u.in_channels);
#else
    small[id.x] = sum / f32(counted.x * counted.y);
#endif
}
