// An ONNX model as what engines/tfjs.js reads: a JSON list of nodes, and the weights in TensorFlow's order.
import { readFile, writeFile } from 'node:fs/promises';
import protobuf from 'protobufjs';

/** The part of onnx.proto that `inceptionscope export --onnx` uses (src/onnx/proto.rs). */
const { root } = protobuf.parse(`
  syntax = "proto2";
  message ModelProto { optional GraphProto graph = 7; }
  message GraphProto { repeated NodeProto node = 1; repeated TensorProto initializer = 5; }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; optional string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message AttributeProto { optional string name = 1; optional float f = 2; optional int64 i = 3; repeated int64 ints = 8; }
  message TensorProto { repeated int64 dims = 1; optional string name = 8; optional bytes raw_data = 9; }
`, { keepCase: true });

/** @param {string} onnx path of the model @param {string} to path without extension */
export async function writeTfjsModel(onnx, to) {
  const { graph } = root.lookupType('ModelProto').decode(await readFile(onnx));
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const readers = new Map();
  for (const node of graph.node) for (const name of node.input) readers.set(name, [...(readers.get(name) ?? []), node]);

  const chunks = [];
  let offset = 0;
  const put = (shape, values) => {
    chunks.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    offset += values.byteLength;
    return { offset: offset - values.byteLength, shape };
  };
  const nodes = [];
  const merged = new Map();
  for (const { op_type: op, input, output: [name], attribute } of graph.node) {
    if (merged.has(name)) continue;
    const attributes = Object.fromEntries(attribute.map(({ name, i, f, ints }) =>
      [name, ints.length ? ints.map(Number) : f || Number(i)]));
    const constants = input.filter((name) => initializers.has(name)).map((name) => {
      const { dims, raw_data: bytes } = initializers.get(name);
      const values = new Float32Array(Uint8Array.from(bytes).buffer);
      return put(...reorder(op, dims.map(Number), values, attributes.group ?? 1));
    });
    const inputs = input.filter((name) => !initializers.has(name));
    const node = { op, name, inputs, attributes, constants };
    // A ReLU that alone reads a convolution becomes part of it.
    const after = readers.get(name) ?? [];
    if (op === 'Conv' && !(attributes.group > 1) && after.length === 1 && after[0].op_type === 'Relu') {
      Object.assign(node, { relu: true, name: after[0].output[0] });
      merged.set(node.name, true);
    }
    nodes.push(node);
  }
  await writeFile(`${to}.json`, JSON.stringify(nodes));
  await writeFile(`${to}.bin`, Buffer.concat(chunks));
}

/** Constants in the order that TensorFlow reads: [shape, values]. */
function reorder(op, dims, values, group) {
  if (op === 'Gemm' && dims.length === 2) return [[dims[1], dims[0]], transpose(values, dims[0], dims[1])];
  if (op === 'Conv' && dims.length === 4) {
    const [o, i, h, w] = dims;
    // O,I,H,W to H,W,I,O; depthwise C,1,H,W to H,W,C,1.
    return [group > 1 ? [h, w, o, i] : [h, w, i, o],
      transpose(values, o, i * h * w, (column) => (column % (h * w)) * i + Math.floor(column / (h * w)))];
  }
  // 1,C,1,1 beside N,H,W,C maps.
  return [dims.length === 4 ? [dims[1]] : dims, values];
}

/** Rows become columns; `place` says where a column goes. */
function transpose(values, rows, columns, place = (column) => column) {
  const result = new Float32Array(values.length);
  for (let column = 0; column < columns; column++) {
    const to = place(column) * rows;
    for (let row = 0; row < rows; row++) result[to + row] = values[row * columns + column];
  }
  return result;
}
