/**
 * Changes of the network as the address keeps them: `inception3a.branch1*0;inception3a.branch2.1:3.7*0`, and with
 * another residual scale `repeat_1.0~0.5`.
 */

/**
 * @typedef {import('../inceptionscope.js').Intervention} Intervention
 *
 * @typedef {object} Change
 * @property {string} node or the residual block, if `residual`
 * @property {boolean} residual whether its residual scale is changed
 * @property {number[]} channels all if none are named
 * @property {number} factor 0 mutes
 */

/**
 * A change, as it can be done again; of a value that was given, none.
 * @param {Intervention} change
 * @returns {Change[]}
 */
function changesOf(change) {
  if (change.kind === 'replaced') return [];
  const { factor } = change;
  if (change.kind === 'residual_scale') return [{ node: change.block, residual: true, channels: [], factor }];
  return [{ node: change.node, residual: false, channels: change.channels, factor }];
}

/** @param {Intervention[]} list */
export const textOf = (list) =>
  list
    .flatMap(changesOf)
    .map(({ node, residual, channels, factor }) => {
      const some = channels.length ? `:${channels.join('.')}` : '';
      return `${node}${some}${residual ? '~' : '*'}${factor}`;
    })
    .join(';');

/** What is no change is passed over. @param {string} text @returns {Change[]} */
export const changesIn = (text) =>
  text.split(';').flatMap((part) => {
    const [, node, channels = '', kind, factor] =
      /^([^:*~]+)(?::(\d+(?:\.\d+)*))?([*~])(-?\d+(?:\.\d+)?)$/.exec(part) ?? [];
    if (!node) return [];
    const numbers = channels ? channels.split('.').map(Number) : [];
    return [{ node, residual: kind === '~', channels: numbers, factor: Number(factor) }];
  });

/**
 * Whether a node, or one of its channels, is muted.
 * @param {Intervention[]} list @param {string} node @param {number | null} [channel]
 */
export const isMuted = (list, node, channel = null) =>
  list.some(
    (change) =>
      change.kind === 'gain' &&
      change.node === node &&
      change.factor === 0 &&
      (change.channels.length === 0 || (channel !== null && change.channels.includes(channel))),
  );

/** The residual scale of a block that is in force. @param {Intervention[]} list @param {string} block @param {number} own */
export function scaleIn(list, block, own) {
  const changed = list.find((change) => change.kind === 'residual_scale' && change.block === block);
  return changed?.kind === 'residual_scale' ? changed.factor : own;
}
