// Adjoint of the largest value of each window: all goes to the first of equal ones.
#import backward

fn seen(picture: u32, position: vec2<i32>) -> u32 {
    let row = i32(picture) * u.out_size.x + position.x;
    return second_address(u32(row * u.out_size.y + position.y));
}

fn yielded(picture: u32, window: vec2<i32>) -> u32 {
    let row = i32(picture) * u.in_size.x + window.x;
    return u32(row * u.in_size.y + window.y) * u.third_pitch + u.third_offset;
}

// Which of a quad's values are the largest of a window, and had before a position.
fn came_before(picture: u32, window: vec2<i32>, position: vec2<i32>, most: vec4<f32>, quad: u32) -> vec4<bool> {
    let corner = window * u.stride - u.pad_before;
    let begin = max(corner, vec2(0));
    let end = min(corner + u.kernel, u.out_size);
    var before = vec4(false);
    for (var y = begin.x; y <= position.x; y++) {
        for (var x = begin.y; x < end.y; x++) {
            if y < position.x || x < position.y {
                before = before | (second[seen(picture, vec2(y, x)) + quad] == most);
            }
        }
    }
    return before;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if is_outside(id.x) {
        return;
    }
    let pixel = pixel_of(id.x);
    let quad = quad_of(id.x);
    let own = second[second_address(pixel) + quad];
    let readers = readers_of(pixel);
    var sum = vec4(0.0);
    for (var y = readers.begin.x; y < readers.end.x; y++) {
        for (var x = readers.begin.y; x < readers.end.y; x++) {
            let most = third[yielded(readers.picture, vec2(y, x)) + quad];
            let is_largest = own == most;
            if any(is_largest) {
                let first = is_largest & !came_before(readers.picture, vec2(y, x), readers.position, most, quad);
                sum += select(vec4(0.0), input[in_address(readers.picture, vec2(y, x)) + quad], first);
            }
        }
    }
    store(pixel, quad, sum);
}
