// TensorFlow.js on the same graph (`../tfjs_model.js` makes it from the ONNX model), with bias and ReLU fused into
// convolutions: what tfjs-converter's optimised graph models do. `device`: 'webgpu' or 'wasm'.

export default async function tensorflow(device, threads) {
  const packages = '/npm/@tensorflow';
  await script(`${packages}/tfjs-core/dist/tf-core.min.js`);
  await script(`${packages}/tfjs-backend-${device}/dist/tf-backend-${device}.min.js`);
  if (device === 'wasm') {
    tf.wasm.setWasmPaths(`${location.origin}${packages}/tfjs-backend-wasm/dist/`);
    tf.wasm.setThreadsCount(threads);
  }
  if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js has no backend ${device} here`);
  await tf.ready();

  let steps;
  async function batch(input, count) {
    const side = Math.sqrt(input.length / count / 3);
    const logits = tf.tidy(() => {
      const values = { input: tf.tensor4d(input, [count, side, side, 3]) };
      for (const { name, inputs, compute, free } of steps) {
        values[name] = tf.tidy(() => compute(...inputs.map((input) => values[input])));
        for (const last of free) {
          values[last].dispose();
          delete values[last];
        }
      }
      return values.logits;
    });
    const values = await logits.data();
    logits.dispose();
    return values;
  }
  /** Of a number of a node's value, at the input. */
  async function gradient(input, node, number) {
    await import('/models/tfjs-gradients.js');
    const side = Math.sqrt(input.length / 3);
    const end = steps.findIndex(({ name }) => name === node) + 1;
    if (end === 0) throw new Error(`the model has no node ${node}`);
    const gradient = tf.tidy(() => tf.grad((x) => {
      const values = { input: x };
      for (const { name, inputs, compute } of steps.slice(0, end)) values[name] = compute(...inputs.map((input) => values[input]));
      return tf.sum(number(values[node]));
    })(tf.tensor4d(input, [1, side, side, 3])));
    const values = await gradient.data();
    gradient.dispose();
    return values;
  }
  return {
    layout: 'NHWC',
    async load(model) {
      const nodes = await (await fetch(`/models/${model}.tfjs.json`)).json();
      const weights = await (await fetch(`/models/${model}.tfjs.bin`)).arrayBuffer();
      const tensor = ({ offset, shape }) =>
        tf.keep(tf.tensor(new Float32Array(weights, offset, shape.reduce((a, b) => a * b, 1)), shape));
      steps = nodes.map((node) => ({ ...node, compute: op(node, tensor) }));
      // A value is freed after its last reader.
      const seen = new Set();
      for (const step of steps.toReversed()) {
        step.free = step.inputs.filter((name) => !seen.has(name));
        step.free.forEach((name) => seen.add(name));
      }
    },
    run: (input) => batch(input, 1),
    batch,
    gradient: (input, target) => gradient(input, 'logits', (logits) => tf.slice(tf.reshape(logits, [-1]), [target], [1])),
    /** The gradient alone, without an optimiser and transformations. */
    async steps(node, size, count) {
      const input = Float32Array.from({ length: 3 * size * size }, (_, i) => Math.sin(i));
      const times = [];
      for (let step = 0; step <= count; step++) {
        await gradient(input, node, (maps) => tf.mean(tf.slice(maps, [0, 0, 0, 0], [-1, -1, -1, 1])));
        times.push(performance.now());
      }
      return { ms: times.slice(1).map((time, i) => time - times[i]) };
    },
  };
}

/** The function that computes a node. */
function op({ op, attributes: { kernel_shape: kernel, strides, pads, group, count_include_pad: counted }, constants, relu }, tensor) {
  const [first, second] = constants.map(tensor);
  const pad = pads && padding(pads, kernel, strides);
  const around = pads && [[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]];
  switch (op) {
    case 'Conv': {
      const rest = { filter: first, bias: second, strides, pad, dataFormat: 'NHWC', activation: relu ? 'relu' : undefined };
      return group > 1 ? (x) => tf.fused.depthwiseConv2d({ x, ...rest }) : (x) => tf.fused.conv2d({ x, ...rest });
    }
    case 'Gemm': return (a) => tf.fused.matMul({ a, b: first, bias: second });
    case 'MaxPool': return (x) => tf.maxPool(x, kernel, strides, pad);
    case 'AveragePool':
      // TensorFlow's mean leaves padding out.
      return counted && pad !== 'valid'
        ? (x) => tf.avgPool(tf.pad(x, around), kernel, strides, 'valid')
        : (x) => tf.avgPool(x, kernel, strides, pad);
    case 'GlobalAveragePool': return (x) => tf.mean(x, [1, 2], true);
    case 'Flatten': return (x) => tf.reshape(x, [x.shape[0], -1]);
    case 'Concat': return (...parts) => tf.concat(parts, 3);
    case 'Add': return first ? (x) => tf.add(x, first) : (x, y) => tf.add(x, y);
    case 'Mul': return (x) => tf.mul(x, first);
    case 'Relu': return (x) => tf.relu(x);
    default: throw new Error(`${op} has no counterpart in TensorFlow.js here`);
  }
}

/** As TensorFlow names it where it has a name: its kernels are quicker then. */
function padding([top, left, bottom, right], kernel, strides) {
  if (top + left + bottom + right === 0) return 'valid';
  const same = (before, after, size) => before === after && 2 * before === size - 1;
  if (strides.every((s) => s === 1) && same(top, bottom, kernel[0]) && same(left, right, kernel[1])) return 'same';
  return [[0, 0], [top, bottom], [left, right], [0, 0]];
}

function script(src) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement('script'), { src, onload: resolve });
    element.onerror = () => reject(new Error(`${src} cannot be loaded`));
    document.head.append(element);
  });
}
