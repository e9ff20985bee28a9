// What one core can do for a wasm module at most: multiply-adds whose operands stay in registers, and bytes that are read
// from memory which no cache holds. `run.js` writes the module, `families.js` times it in the page.
import { writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

/** Vectors of four floats that are summed up side by side, so that none waits for the one before. */
export const SUMS = 12;
/** Bytes that are read: more than caches have. */
export const BYTES = 256 << 20;

/** @param {(i: number) => string} text */
const each = (text) => Array.from({ length: SUMS }, (_, i) => text(i)).join('\n');
const LOCALS = each((i) => `(local $sum${i} v128)`);
const ADDED = each((i) => (i ? `(local.set $sum0 (f32x4.add (local.get $sum0) (local.get $sum${i})))` : ''));

/** Writes the module. @param {string} file */
export function writeProcessor(file) {
  const module = binaryen.parseText(`(module
    (memory ${BYTES / 65536})
    (func (export "multiply") (param $rounds i32) (param $value f32) (result f32)
      (local $x v128) ${LOCALS}
      (local.set $x (f32x4.splat (local.get $value)))
      (loop $again
        ${each((i) => `(local.set $sum${i} (f32x4.relaxed_madd (local.get $x) (local.get $x) (local.get $sum${i})))`)}
        (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
      ${ADDED}
      (f32x4.extract_lane 0 (local.get $sum0)))
    (func (export "read") (result f32)
      (local $at i32) ${LOCALS}
      (loop $again
        ${each((i) => `(local.set $sum${i} (f32x4.add (local.get $sum${i}) (v128.load offset=${16 * i} (local.get $at))))`)}
        (local.set $at (i32.add (local.get $at) (i32.const ${16 * SUMS})))
        (br_if $again (i32.lt_u (local.get $at) (i32.const ${BYTES - 16 * SUMS}))))
      ${ADDED}
      (f32x4.extract_lane 0 (local.get $sum0))))`);
  module.setFeatures(binaryen.Features.All);
  if (!module.validate()) throw new Error('the module that measures the processor is not valid');
  writeFileSync(file, module.emitBinary());
  module.dispose();
}
