// What browsers may do wrong: scripts that go in front of the runtime's worker, or of the page.

/**
 * A method that does something else, as a rule at its call number `k`.
 * @param {string} method such as `Cache.put`
 * @param {string} effect what to do: may return another answer; `method`, `args` and `this` are those of the call
 */
export const at = (method, effect) => {
  const [type, name] = method.split('.');
  return `{
    const method = ${type}.prototype.${name};
    let k = 0;
    ${type}.prototype.${name} = function (...args) { k += 1; ${effect}; return method.apply(this, args); };
  }`;
};

/** A property with another value. @param {string} property such as `GPUDevice.lost` @param {string} value */
export const is = (property, value) => {
  const [type, name] = property.split('.');
  return `Object.defineProperty(${type}.prototype, '${name}', { get: () => ${value} });`;
};

/** An answer: no. @param {string} kind */
export const reject = (kind) => `return Promise.reject(new DOMException('no', '${kind}'))`;

/** No answer. */
export const HANG = 'return new Promise(() => {})';

/** Time runs ten times as fast for whoever waits long. */
export const SOON = `{
  const timer = self.setTimeout;
  self.setTimeout = (told, after, ...args) => timer(told, after > 1000 ? after / 10 : after, ...args);
}`;

/** Storage that fails in ways that matter to whoever looks for what is kept, by what it does. @type {Record<string, string>} */
export const STORAGE = {
  'no caches': `Object.defineProperty(globalThis, 'caches', { value: undefined });`,
  'open is refused': at('CacheStorage.open', reject('SecurityError')),
  'open never answers': SOON + at('CacheStorage.open', HANG),
  'match is refused': at('Cache.match', reject('UnknownError')),
  'match never answers': SOON + at('Cache.match', HANG),
  'match finds nothing': at('Cache.match', 'return Promise.resolve(undefined)'),
  'keys are refused': at('Cache.keys', reject('UnknownError')),
  'keys never come': SOON + at('Cache.keys', HANG),
  'no locks': is('Navigator.locks', 'undefined'),
  'locks are refused': at('LockManager.request', reject('SecurityError')),
  'locks throw': at('LockManager.request', `throw new DOMException('no', 'SecurityError')`),
  'locks never come': SOON + at('LockManager.request', HANG),
};
