/**
 * Explanations: how each method begins, and what is known of one.
 *
 * @module
 */

/**
 * @typedef {import('../pkg/inceptionscope.js').Session} Session
 * @typedef {import('../pkg/inceptionscope.js').Why} Steps
 * @typedef {Required<Omit<import('./api.js').ExplainOptions, 'method' | 'baseline' | 'onStep' | 'signal'>>} Given
 * @typedef {Given & { baseline: string, other: Float32Array }} Options
 *   `other`: the picture that is the baseline; empty, where it has a name
 * @typedef {Options & { method: import('./api.js').Method | 'removal' | 'branches' }} Args
 * @typedef {Args & Required<Pick<import('./api.js').TrustOptions, 'check' | 'map' | 'points' | 'blank'>>} TrustArgs
 */

/** By method: those of the options that it takes. @type {Record<Args['method'], (keyof Options)[]>} */
const TAKES = {
  cam: [],
  occlusion: ['patch', 'stride', 'fill'],
  gradient: [],
  'input-x-gradient': [],
  smoothgrad: ['samples', 'sigma', 'seed'],
  integrated: ['steps', 'baseline'],
  guided: [],
  'grad-cam': [],
  removal: ['layer'],
  branches: [],
};

/** A target as the runtime reads it. @param {number | string | null | undefined} target */
const textOf = (target) => (target === null || target === undefined ? undefined : String(target));

/** @param {Session} session @param {Args} args @returns {Promise<Steps>} */
export function begin(session, args) {
  const { method, layer, patch, stride, fill, steps, samples, sigma, seed, baseline, other } = args;
  const [target, rather] = [textOf(args.target), textOf(args.rather)];
  switch (method) {
    case 'cam': return session.class_map(target, rather);
    case 'occlusion': return session.occlusion(target, rather, patch ?? undefined, stride ?? undefined, fill);
    case 'grad-cam': return session.grad_cam(target, rather, layer ?? undefined);
    case 'smoothgrad': return session.smoothgrad(target, rather, samples, sigma, seed);
    case 'integrated': return session.integrated(target, rather, steps, baseline, other);
    case 'removal': return session.removal(target, rather, layer ?? undefined);
    case 'branches': return session.branches(target, rather);
    default: return session.gradient(target, rather, method);
  }
}

/** What is known so far. @param {Steps} steps @param {Args} args @param {number} done @param {number} of */
export function soFar(steps, args, done, of) {
  const { classes, branches, modules, correlation, patch, stride, ...told } = JSON.parse(steps.told());
  const explained = { target: classes[0] ?? args.target, rather: classes[1] ?? null, value: told.value, done, of };
  if (args.method === 'removal') return { ...explained, module: args.layer ?? null, branches, correlation };
  if (args.method === 'branches') return { ...explained, modules };
  const used = { ...args, ...(patch ? { patch, stride } : {}) };
  const options = Object.fromEntries(TAKES[args.method].map((name) => [name, used[name]]));
  const map = values(steps.map());
  return {
    ...explained,
    ...told,
    method: args.method,
    options,
    shape: map?.shape,
    map: map?.data,
    mapInput: values(steps.map_input())?.data,
    attribution: values(steps.attribution())?.data ?? null,
  };
}

/** A check of a map. @param {Session} session @param {TrustArgs} args @returns {Promise<Steps>} */
export async function check(session, args) {
  const { check, map, points, blank, seed } = args;
  if (check !== 'randomisation') {
    return session.curve(textOf(args.target), textOf(args.rather), map ?? new Float32Array(), check, blank, points);
  }
  const of = await begin(session, args);
  try {
    return await session.randomisation(of, seed);
  } finally {
    of.free();
  }
}

/** What a check has found so far. @param {Steps} steps @param {TrustArgs} args @param {number} done @param {number} of */
export function checked(steps, args, done, of) {
  const { lost, correlations, values, random, area, random_area: randomArea } = JSON.parse(steps.told());
  const found = args.check === 'randomisation' ? { lost, correlations } : { values, random, area, randomArea };
  return { check: args.check, done, of, ...found };
}

/** @param {import('../pkg/inceptionscope.js').Values | undefined} found */
function values(found) {
  if (!found) return null;
  const result = { shape: [...found.shape], data: found.data };
  found.free();
  return result;
}
