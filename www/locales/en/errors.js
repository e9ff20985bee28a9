/**
 * A sentence for each error code of the runtime: what happened, and what to do. `data` has the error's facts;
 * `page/faults.js` puts the name of the file before the sentence.
 */

import { bytes, either, form, list, plural } from '../../page/format.js';

/** @template {import('../../runtime/errors.js').Code} C @typedef {import('../../runtime/errors.js').Facts<C>} Facts */

const AGAIN = 'Download it again.';
const REPORT = 'This is a bug in Inceptionscope: please report it.';

/** The first names, and how many more there are. @param {string[]} names */
function some(names) {
  const [first, more] = [names.slice(0, 5), names.length - 5];
  return more > 0 ? `${first.join(', ')} and ${plural(more, { one: 'other', other: 'others' })}` : list(first);
}

/** What to do instead, if there is anything to choose. @param {string[]} known */
const choose = (known) => (known.length ? ` Choose ${either(known)}.` : '');

/** Tensors that do not belong to the network, each on a line of its own. @param {Facts<'weights.mismatch'>} data */
function mismatch({ network, fitting, missing = [], misshaped = [], fits = [] }) {
  const advice = fits.length ? `Choose ${either(fits)}.` : 'Choose the network that the file was made for.';
  const all = [...missing.map((/** @type {string} */ name) => `${name} is missing`), ...misshaped];
  const problem = fitting
    ? `${plural(all.length, { one: 'tensor is', other: 'tensors are' })} missing or of another shape`
    : 'none of its tensors belong to it';
  return [`The weights do not fit ${network}: ${problem}. ${advice}`, ...all].join('\n');
}

/** @type {import('../../runtime/errors.js').Sentences} */
export default {
  // Calls
  'argument.type': ({ name, expected, found }) => `${name}: expected ${expected}, found ${found}.`,
  'argument.range': ({ name, expected, found }) => `${name}: expected ${expected}, found ${found}.`,
  'argument.unknown': ({ name, known }) => `There is no option ${name}. The options are ${list(known)}.`,
  'call.aborted': () => 'Stopped.',
  'argument.text': ({ name, reason }) => `${name}: ${reason}.`,
  'engine.misuse': ({ what, expected, found }) => `${what}: expected ${expected}, found ${found}. ${REPORT}`,
  'plan.alignment': ({ node }) => `The memory layout of ${node} does not work on this GPU. ${REPORT}`,
  'scope.not_known': () => 'The network is not known yet. Wait until its graph has loaded.',
  'run.none': () => 'No photo has run yet. Choose a photo first.',
  'answer.not_finite': () => 'The prediction is NaN or infinite: the weights do not fit, or the photo is damaged.',
  'answer.no_classifier': () => 'The file has no classifier, so there is no prediction.',
  'target.unknown': ({ found, near = [] }) =>
    `“${found}” is neither a class nor a node. ${near.length ? `Did you mean ${either(near)}?` : ''}`.trim(),
  'target.ambiguous': ({ found, numbers }) => `Several classes are called “${found}”. Choose ${either(numbers)}.`,
  'target.class': ({ classes, found }) => `There is no class ${found}: the network has ${classes}.`,
  'cam.target': () => 'A class activation map explains classes only. Use occlusion for other targets.',
  'cam.head': ({ node }) =>
    `This network has no exact class activation map, because of ${node} before the logits. Use occlusion.`,
  'occlusion.range': ({ option, most, found }) => `${option} is ${found}; it must be from 1 to ${most}.`,
  'intervention.factor': ({ node, factor }) =>
    `${node} cannot be scaled by ${factor}: the factor must be a finite number.`,
  'input.pictures': ({ most, found }) => `A run takes at most ${most} photos, not ${found}.`,
  'input.size': ({ network, shape, expected, found }) =>
    `${network} takes an input of ${shape}, which is ${expected} values, not ${found}.`,
  'device.none': () => 'No GPU can be used: this browser has no WebGPU, or finds no GPU for it. Choose the CPU under Engine.',
  'device.refused': ({ what, reason }) => `The GPU refused ${what} (${reason}). Choose the CPU under Engine.`,
  'device.wrong': ({ shader, expected, found }) =>
    `The GPU gives wrong results (${shader}: ${found} instead of ${expected}). Choose the CPU under Engine; a newer browser or ` +
    'driver may help.',
  'scope.closed': () => 'This network is closed. Open it again.',
  'device.lost': () => 'The GPU stopped working. Reload the page, or choose the CPU under Engine.',
  'runtime.failed': ({ reason }) => `The runtime failed (${reason}). ${REPORT}`,
  'runtime.updated': () => 'This page was updated while it was open. Reload it to go on.',
  'runtime.unavailable': () => 'The runtime could not be loaded. Check the connection and reload the page.',
  'papers.unavailable': () => 'The tables could not be loaded. Check the connection and try again.',
  'storage.unavailable': ({ reason }) =>
    `What the browser has saved cannot be read (${reason}). Try again, or allow this page to store data.`,

  // Photos
  'photo.format': ({ found }) => `This file is not a photo (${found}). Choose a JPEG, PNG or WebP image.`,
  'photo.size': ({ width, height }) =>
    `This photo is ${width} × ${height} pixels, which is too large. Make it smaller.`,
  'photo.input_size': ({ width, height, input }) =>
    `The photo is ${width} × ${height} pixels; it must be ${input} × ${input}, or be resized.`,
  'photo.truncated': () => 'The photo is cut off. Save or download it again.',
  'photo.damaged': ({ reason }) => `The photo is damaged (${reason}). Choose another, or save it again.`,
  'photo.memory': ({ width, height }) =>
    `There is not enough memory for a photo of ${width} × ${height} pixels. Make it smaller, or close other tabs.`,
  'photo.unreachable': ({ address, reason }) =>
    `The photo could not be loaded from ${address} (${reason}). Download it and choose the file instead.`,
  'photo.unreadable': ({ reason }) => `This image cannot be read (${reason}). Choose a JPEG, PNG or WebP image.`,

  // Weight files
  'weights.address': ({ found }) =>
    `“${found}” is not the URL of a weight file. Choose weights from the list, or a file.`,
  'weights.changed': () => 'The file on the server changed while it was loading. Open the network again.',
  'weights.class_names': ({ found, expected }) => {
    const names = plural(found, { one: 'class name', other: 'class names' });
    const there = `There ${form(found, { one: 'is', other: 'are' })} ${names}, but the network has ${expected} classes.`;
    return `${there} Give one name per line, or a JSON list.`;
  },
  'weights.code': ({ function: name }) =>
    `The file tries to run code (${name}), which is not allowed here. Save its state_dict alone, or save it as safetensors.`,
  'weights.cut_off': ({ part }) => `The file is cut off or damaged (${part}). ${AGAIN}`,
  'weights.damaged': ({ tensor }) =>
    `Tensor ${tensor} is damaged: its SHA-256 is not the one stated in the file. ${AGAIN}`,
  'weights.digest': () => `The file is not the expected one: its SHA-256 differs. ${AGAIN}`,
  'weights.format': ({ what }) => `This is ${what}, not a weight file. Choose a .safetensors, .pth or .h5 file.`,
  'weights.header': ({ problem }) => `The header of the file is damaged (${problem}). ${AGAIN}`,
  'weights.header_size': () => `The header of the file is damaged: it claims to be impossibly long. ${AGAIN}`,
  'weights.index': ({ shards }) => `This file only lists others. Open it together with ${some(shards)}.`,
  'weights.interrupted': ({ loaded }) =>
    `The connection broke after ${bytes(loaded)}. Open the network again to continue.`,
  'weights.io': ({ problem }) => `The file could not be read (${problem}).`,
  'weights.metadata': ({ key, problem }) => `The metadata of the file is damaged: ${key} ${problem}.`,
  'weights.mismatch': mismatch,
  'weights.no_average': () => 'The file has no moving average of its weights. Open it without that option.',
  'weights.parts': ({ host, parts }) =>
    `These weights are ${plural(parts, { one: 'file', other: 'files' })} on ${host}, which cannot be reached. Check the ` +
    'connection and try again. There is no single file to download by hand.',
  'weights.refused': ({ address, status }) =>
    `${address} could not be loaded: the server answered ${status}. Check the URL, or choose a file.`,
  'weights.shard': ({ name }) => `The file ${name} is missing. Choose it together with the index.`,
  'weights.silent': ({ address, seconds }) =>
    `${address} has not answered for ${seconds} seconds. Try again later, or download the file and choose it here instead.`,
  'weights.structure': ({ what, difference }) =>
    `This ${what} holds none of the networks supported here: ${difference}.`,
  'weights.tensor': ({ tensor, problem }) => `Tensor ${tensor}: ${problem}.`,
  'weights.too_large': ({ format, limit }) =>
    `The file is larger than ${bytes(limit)}, the limit for ${format}. Save the weights alone, as safetensors.`,
  'weights.too_long': ({ expected }) =>
    `The file is longer than the ${bytes(expected)} that its header states. ${AGAIN}`,
  'weights.truncated': ({ found, expected, missing = [] }) => {
    const tensors = plural(missing.length, { one: 'tensor is', other: 'tensors are' });
    return `The file is cut off: it has ${found} of ${expected} bytes, and ${tensors} missing. ${AGAIN}`;
  },
  'weights.unreachable': ({ address }) =>
    `${address} cannot be reached: either there is no connection, or the host does not let other sites read its ` +
    'files. Download the file and choose it here instead.',
  'weights.unreadable': () => 'The file can no longer be read: it was changed, moved or removed. Choose it again.',
  'weights.unsupported': ({ what, advice }) => `This is ${what}, which cannot be read here. ${advice}.`,
  'weights.unknown': () => 'It is not clear which network these weights belong to. Choose the network first.',
  'weights.value': ({ tensor, value, problem }) => `Tensor ${tensor} holds the value ${value}, ${problem}.`,
  // Warnings about weights that can be read
  'weights.assumed_relu': ({ layer }) => `The activation after ${layer} is not stated; ReLU is assumed.`,
  'weights.copies': ({ taken, others }) =>
    `The file holds several copies of the weights: ${taken} is used, not ${list(others)}.`,
  'weights.file_name': () => 'The SHA-256 in the name of the file does not match its contents.',
  'weights.headless': () => 'The file has no classifier, so there are no predictions. Everything else is shown.',
  'weights.metadata_ignored': ({ key, value }) => `The metadata of the file says “${key}: ${value}”, which is ignored.`,
  'weights.not_softmax': ({ layer, function: name }) =>
    `${layer} ends in ${name}, but the probabilities shown here are a softmax of its logits.`,
  'weights.not_finite': ({ tensor, values, first, others = [] }) => {
    const found = plural(values, { one: 'value that is', other: 'values that are' });
    const more = others.length ? `; so has ${some(others)}` : '';
    return `Tensor ${tensor} has ${found} NaN or infinite, the first at ${first}${more}.`;
  },

  // Networks and their nodes
  'model.unknown': ({ found, known }) => `There is no network “${found}”.${choose(known)}`,
  'variant.unknown': ({ found, known }) => `There is no variant “${found}” of this network.${choose(known)}`,
  'profile.unknown': ({ found, known }) => `There is no profile “${found}” of this network.${choose(known)}`,
  'profile.field': ({ found, known }) => `A profile has no field “${found}”. Its fields are ${list(known)}.`,
  'profile.value': ({ field, expected, found }) => `${field} of the profile: expected ${expected}, found ${found}.`,
  'node.unknown': ({ found, near }) => `This network has no node “${found}”.${near ? ` Did you mean ${near}?` : ''}`,
  'node.not_yet': ({ node }) => `${node} has not been computed yet: its weights are still loading.`,
  'node.no_weights': ({ node }) => `${node} cannot be computed: the file has no weights for it.`,
  'node.channel': ({ node, channels, found }) =>
    `${node} has channels 0 to ${channels - 1}, so there is no channel ${found}.`,
  'node.position': ({ node, rows, columns, row, column }) =>
    `${node} has ${rows} × ${columns} positions, so there is no row ${row}, column ${column}.`,
  'evaluate.classes': ({ expected, found }) =>
    `The networks have different numbers of classes, ${expected} and ${found}. Evaluate them one at a time.`,
  'evaluate.folder': ({ found, near = [] }) =>
    `“${found}” is not a class of this network.${near.length ? ` Did you mean ${near[0]}?` : ''} Name folders after classes.`,
  'visualise.alone': () => 'diversity: compares pictures with each other. Ask for two or more at the same time.',
  'visualise.no_photo': () => 'This needs a photo to compare with. Choose a photo first.',
  'visualise.not_finite': ({ steps }) =>
    `A value became NaN after ${steps} steps, so the picture cannot be continued. The weights may be damaged.`,
  'gradient.fused': ({ node }) => `${node} is computed together with the ops after it, so it has no gradient of its own.`,
  'gradient.unreached': ({ node }) => `${node} has no gradient: the class that was chosen does not depend on it.`,
  'gradient.replaced': ({ node }) => `${node} was given a value, so gradients stop there. Undo that change first.`,
  'node.duplicate': ({ node }) => `Two nodes are called ${node}. ${REPORT}`,
  'size.range': ({ found, least, most }) => `The input size ${found} is out of range: ${least} to ${most}.`,
  'size.fixed': ({ node, expected, found }) =>
    `${node} needs an input of ${expected} × ${expected} pixels, not ${found} × ${found}.`,
  'size.unfit': ({ node, expected, found }) =>
    `This network does not run at ${found} × ${found} pixels: ${node} does not fit there. ` +
    `Choose another size, such as its own, ${expected} × ${expected}.`,
  'op.inputs': ({ node, expected, found }) => `${node} needs ${expected} inputs, but has ${found}. ${REPORT}`,
  'op.channels': ({ node, expected, found }) => `${node} needs ${expected} channels, but gets ${found}. ${REPORT}`,
  'op.mismatch': ({ node, expected, found }) => `${node} cannot combine ${expected} and ${found}. ${REPORT}`,
  'op.window': ({ node, window, input }) => `The window of ${node}, ${window}, is larger than its input, ${input}.`,
  'op.parameters': ({ node, problem }) => `${node}: ${problem}. ${REPORT}`,
};
