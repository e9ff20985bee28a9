// The part of the recipe (tests/oracle/recipe.md) that browser tests need: the picture of a seed and the
// sampled positions. Weights are made by the runtime itself (`synthetic:SEED`).

const MASK = (1n << 64n) - 1n;
const GOLDEN = 0x9e3779b97f4a7c15n;

/** FNV-1a, 64 bits. @param {Iterable<number>} bytes */
export function fnv1a64(bytes) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  return hash;
}

/** One step of splitmix64. @param {bigint} state */
function mix(state) {
  let z = (state + GOLDEN) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/**
 * The endless random stream of a name.
 * @param {string} name
 * @param {number} seed
 * @returns {Generator<bigint, never>}
 */
function* stream(name, seed) {
  let state = mix(fnv1a64(Buffer.from(name)) ^ mix(BigInt(seed)));
  for (;;) {
    yield mix(state);
    state = (state + GOLDEN) & MASK;
  }
}

/** Flat positions in a C,H,W value where goldens sample a point. @param {string} id @param {number} length @param {number} count */
export function positions(id, length, count) {
  const random = stream(`pos:${id}`, 0);
  return Array.from({ length: count }, () => Number(random.next().value % BigInt(length)));
}

/** The square test picture, RGB. @param {number} size @param {number} seed */
export function image(size, seed) {
  const floor = Math.floor;
  const step = seed % 4;
  const cell = 24 + 4 * step;
  const [cx, cy, r] = [floor(size * (2 + step) / 8), floor(size * 5 / 8), floor(size / 5)];
  const noise = stream('image', seed);
  const rgb = new Uint8Array(size * size * 3);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [gx, gy] = [floor(255 * x / (size - 1)), floor(255 * y / (size - 1))];
      let pixel = [gx, gy, 255 - floor((gx + gy) / 2)];
      if ((floor(x / cell) + floor(y / cell)) % 2 === 1) pixel = pixel.map((v) => floor(v * 5 / 8));
      if ((x - cx) ** 2 + (y - cy) ** 2 < r * r) pixel = [230, 40 + floor(gy / 4), 60];
      if (x >= floor(size / 2) && y < floor(size / 2) && floor((x + 2 * y) / 6) % 2 === 0) pixel = pixel.map((v) => 255 - v);
      if (x >= floor(size / 8) && x < floor(size / 8) + 3) pixel = [0, 0, 0];
      for (const v of pixel) rgb[at++] = Math.min(Math.max(v - 16 + Number(noise.next().value >> 59n), 0), 255);
    }
  }
  return rgb;
}
