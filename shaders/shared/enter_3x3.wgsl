#import enter
#import points_3x3

// A row of points.
fn store_row(y: u32, first: u32, points: Six) {
    let plane = u.second_out_pitch;
    values[first + point_at(y, 0u, plane)] = points.p0;
    values[first + point_at(y, 1u, plane)] = points.p1;
    values[first + point_at(y, 2u, plane)] = points.p2;
    values[first + point_at(y, 3u, plane)] = points.p3;
    values[first + point_at(y, 4u, plane)] = points.p4;
    values[first + point_at(y, 5u, plane)] = points.p5;
}
