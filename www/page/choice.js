/** What may be chosen: a network, its weights, and what computes it. */

/**
 * @typedef {object} Choice
 * @property {string} model
 * @property {string} variant empty for the network as it is
 * @property {string} profile empty for what the weights say
 * @property {string} weights an address, a catalogue id, `synthetic:SEED`, or empty for the network's default
 * @property {string} engine `auto`, `gpu` or `cpu`
 * @property {string} threads of the CPU engine; empty for as many as the processor has
 * @property {File | null} file the weights, if they are the visitor's own; `weights` is `own` then
 */

/** The weights that come with the page, and the only network that they fit. */
export const FLOWERS = { model: 'googlenet', url: 'weights/googlenet_flowers.safetensors' };
/** Weights of ImageNet's thousand classes, from the catalogue; the page starts with them if the site has a copy. */
export const IMAGENET = { model: 'googlenet', variant: 'published', profile: '', weights: 'googlenet-bvlc' };
export const SYNTHETIC = 'synthetic:1';
export const OWN = 'own';

/** @param {Choice} choice */
export const flowersFit = ({ model, variant }) => model === FLOWERS.model && !variant;

/** Weights as `open` takes them. @param {Choice} choice @returns {File | string} */
export function weightsOf(choice) {
  if (choice.file) return choice.file;
  return choice.weights || (flowersFit(choice) ? FLOWERS.url : SYNTHETIC);
}

/** As `open` takes it. @param {Choice} choice */
export const optionsOf = (choice) => ({
  model: choice.model,
  variant: choice.variant || null,
  profile: choice.profile || null,
  weights: weightsOf(choice),
  engine: /** @type {'auto' | 'gpu' | 'cpu'} */ (choice.engine),
  threads: Number(choice.threads) || null,
});

/** @param {Choice} choice */
export function isUntrained(choice) {
  const weights = weightsOf(choice);
  return typeof weights === 'string' && weights.startsWith('synthetic:');
}

/**
 * What the address says is open.
 * @param {import('./hash.js').State} state
 * @param {File | null} [file] the visitor's own
 * @returns {Choice}
 */
export const choiceOf = ({ model, variant, profile, weights, engine, threads }, file = null) => ({
  model,
  variant,
  profile,
  weights,
  engine,
  threads,
  file: weights === OWN ? file : null,
});
