/** Graphs and engines of a runtime that still describes them in English, as data. Goes with that runtime. */

/**
 * @typedef {import('./graph.js').Op} Op
 * @typedef {import('./graph.js').Scope} Scope
 */

/** @param {string} label of one op: "conv 3×3 /2 V" @param {string} kind @returns {Op} */
function op(label, kind) {
  const size = (/** @type {RegExpExecArray | null} */ found) => found?.slice(1).map(Number);
  const window = size(/ (\d+)×(\d+)/.exec(label));
  const stride = / \/(\d+)(?:×(\d+))?/.exec(label);
  const scale = /^sum ×([\d.]+)/.exec(label)?.[1];
  return {
    kind,
    ...(kind === 'adaptive_avg_pool2d' ? { out: window } : { kernel: window }),
    ...(stride ? { stride: [Number(stride[1]), Number(stride[2] ?? stride[1])] } : {}),
    ...(label.endsWith(' V') ? { valid: true } : {}),
    ...(scale ? { scale: Number(scale) } : {}),
  };
}

/** The op's name from its words. @param {string} label */
function kind(label) {
  const kinds = {
    conv: 'conv2d',
    depthwise: 'depthwise_conv2d',
    'max pool': 'max_pool2d',
    'average pool': 'avg_pool2d',
    'average to': 'adaptive_avg_pool2d',
    'global average': 'global_avg_pool2d',
    BN: 'batch_norm',
    ReLU: 'relu',
    sum: 'add',
    'local response norm': 'local_response_norm',
    'L2 norm': 'l2_normalize',
    'transform input': 'transform_input',
  };
  return Object.entries(kinds).find(([words]) => label.startsWith(words))?.[1] ?? label;
}

/** @param {string | null} text */
function note(text) {
  if (!text) return null;
  const dropout = /^In training a dropout of (\d+)/.exec(text);
  if (dropout) return { code: 'dropout', value: Number(dropout[1]) };
  const loss = /its loss is added with weight ([\d.]+)/.exec(text);
  if (loss) return { code: 'auxiliary_loss', value: Number(loss[1]) };
  if (text.startsWith('The paper’s 5×5') || text.startsWith("The paper's 5×5")) return { code: 'kernel_3x3_for_5x5' };
  if (text.startsWith('Linear')) return { code: 'linear_projection' };
  return { code: text.startsWith('The stride') ? 'stride_on_3x3' : 'stem_differs' };
}

/** @param {any} scope @returns {Scope} */
export function modern(scope) {
  for (const item of [...scope.graph.nodes, ...scope.graph.modules]) {
    if (typeof item.note === 'string') item.note = note(item.note);
    if (typeof item.label === 'string' && item.inputs)
      item.ops ??= item.label.split(' + ').map((/** @type {string} */ l) => op(l, kind(l)));
  }
  const { engine } = scope;
  if (/ /.test(engine.why)) {
    const chosen = /as chosen/.test(engine.why);
    engine.detail = null;
    engine.why = chosen ? 'chosen' : engine.engine === 'gpu' ? 'hardware' : engine.software ? 'software' : 'none';
  }
  return scope;
}
