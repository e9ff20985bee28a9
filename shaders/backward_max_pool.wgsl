// Adjoint of the largest value of each window: all goes to the tap that saw it first.
#import each
#import window
#import second

fn value_of(pixel: u32, quad: u32) -> vec4<f32> {
    let readers = readers_of(pixel);
    var sum = vec4(0.0);
    for (var y = readers.begin.x; y < readers.end.x; y++) {
        let first = vec2(y, readers.begin.y);
        let row = i32(readers.picture) * u.in_size.x + y;
        var address = in_address(readers.picture, first) + quad;
        // The number of the tap that saw the largest value, by window and channel.
        var seen = second_address(u32(row * u.in_size.y + first.y)) + quad;
        var own = f32(tap_of(first, readers.position));
        for (var x = readers.begin.y; x < readers.end.y; x++) {
            sum += select(vec4(0.0), input[address], second[seen] == vec4(own));
            address += u.in_pitch;
            seen += u.second_pitch;
            own -= f32(u.stride.y);
        }
    }
    return sum;
}
