// Channels as small pictures: each pixel is the mean of those that it covers, as an adaptive pool's. The
// variant for the mean of all channels makes one picture.
#import step
#import region

#ifdef mean
@group(0) @binding(2) var<storage, read_write> small: array<f32>;
#else
@group(0) @binding(2) var<storage, read> channels: array<u32>;
@group(0) @binding(3) var<storage, read_write> small: array<f32>;
#endif

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let position = out_position(id.x % out_pixels());
    let region = region_of(position, u.in_size, u.out_size);
#ifdef mean
    if id.x >= out_pixels() {
        return;
    }
#else
    if id.x >= out_pixels() * u.out_channels {
        return;
    }
    let channel = channels[id.x / out_pixels()];
#endif
    var sum = 0.0;
    for (var y = region.begin.x; y < region.end.x; y++) {
        for (var x = region.begin.y; x < region.end.y; x++) {
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
#ifdef mean
    small[id.x] = sum / area_of(region) / f32(u.in_channels);
#else
    small[id.x] = sum / area_of(region);
#endif
}
