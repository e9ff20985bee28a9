/**
 * The flowers' weights with ImageNet's thousand classes: the first five answer as before, the others hardly ever.
 * @param {Buffer} file
 */
export function withImagenetClasses(file) {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__: { profile }, ...tensors } = JSON.parse(file.toString('utf8', 8, 8 + length));
  /** @type {Buffer[]} */
  const values = [];
  let at = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const [from, to] = tensor.data_offsets;
    let bytes = file.subarray(8 + length + from, 8 + length + to);
    if (name.startsWith('fc.')) {
      const grown = Buffer.alloc((bytes.length / tensor.shape[0]) * 1000);
      if (name === 'fc.bias') {
        if (tensor.dtype !== 'F32') throw new Error(`a bias of ${tensor.dtype}`);
        for (let i = 0; i < grown.length; i += 4) grown.writeFloatLE(-32, i);
      }
      bytes.copy(grown);
      bytes = grown;
      tensor.shape[0] = 1000;
    }
    tensor.data_offsets = [at, at + bytes.length];
    at += bytes.length;
    values.push(bytes);
  }
  const header = Buffer.from(JSON.stringify({ __metadata__: { profile }, ...tensors }));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([size, header, ...values]);
}
