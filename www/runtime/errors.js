/**
 * Errors are codes and data. The message is English, for logs and developers; a page makes a sentence of its
 * own from the code and the data. The runtime has codes too (`Coded` in src/error.rs); these are JavaScript's.
 *
 * @module
 */

/** What JavaScript itself throws: each code's message, with its data in braces. */
export const MESSAGES = /** @type {const} */ ({
  'argument.type': '{name}: expected {expected}, found {found}.',
  'argument.range': '{name}: expected {expected}, found {found}.',
  'argument.unknown': 'There is no option {name}. There are: {known}.',
  'call.aborted': 'The call was aborted.',
  'device.lost': 'The GPU was lost ({reason}).',
  'papers.unavailable': 'The papers\' tables could not be loaded: the server answered {status}.',
  'photo.unreachable': '{address} could not be fetched: {reason}. Download the picture and choose the file instead.',
  'photo.unreadable': 'The browser cannot read this picture: {reason}.',
  'runtime.failed': 'The runtime failed ({reason}). This is a defect; please report it.',
  'runtime.unavailable': 'The runtime could not be loaded from {address}: {reason}.',
  'runtime.updated': 'The files of this site have changed since the page was loaded. Reload the page.',
  'scope.closed': 'This network is closed. Open it again.',
  'storage.unavailable': 'What the browser has saved cannot be read ({reason}). Try again, or allow this page to store data.',
  'weights.address': 'There are no weights \'{found}\'. Give an address, a file, an id of the catalogue, or synthetic:1.',
  'weights.changed': '{address} changed on its server while it was loading. Open the network again.',
  'weights.cut_off': 'The file is cut off or damaged ({part}). Download it again.',
  'weights.digest': '{address} is not the file that the catalogue lists: its SHA-256 is {found}, not {expected}.',
  'weights.header': 'The header of the file is damaged ({problem}). Download it again.',
  'weights.interrupted': 'The connection broke after {loaded} bytes of {address} ({reason}). Open the network again to go on.',
  'weights.parts': 'These weights are {parts} files of {host}, which could not be reached.',
  'weights.refused': '{address} could not be loaded: the server answered {status}. Check the address, or choose a file.',
  'weights.shard': 'The file {name} is missing. Choose it together with {file}.',
  'weights.silent': '{address} has not answered for {seconds} seconds. Try again later, or download the file and choose it.',
  'weights.unreadable': '{file} can no longer be read: it was changed, moved or removed. Choose it again.',
  'weights.unreachable':
    '{address} could not be reached: no connection, or its host does not let other sites read it. Download the file and choose it.',
  'weights.unsupported': 'This is {what}, which cannot be read here. {advice}.',
});

/**
 * @typedef {import('./rust.d.ts').ErrorFacts} RuntimeFacts
 * @typedef {typeof MESSAGES} Messages
 * @typedef {keyof RuntimeFacts | keyof Messages} Code What an error can be.
 * @typedef {Record<string, string | number | boolean | string[] | null | undefined>} Data
 */
/**
 * The names in braces.
 * @template {string} Text
 * @typedef {Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Named<Rest> : never} Named
 */
/**
 * What is known of an error.
 * @template {Code} C
 * @typedef {(C extends keyof RuntimeFacts ? RuntimeFacts[C] : {})
 *   & (C extends keyof Messages ? Record<Named<Messages[C]>, any> : {})} Facts
 */
/** A sentence for each. @typedef {{ [C in Code]: (data: Facts<C>) => string }} Sentences */

/** Why a call failed. */
export class InceptionscopeError extends Error {
  /**
   * @param {Code} code what kind of error it is, such as `node.unknown`; codes never change
   * @param {Data} data the facts: the file, the node, what was expected, what was found
   * @param {string} message one English sentence
   * @param {ErrorOptions} [options]
   */
  constructor(code, data, message, options) {
    super(message, options);
    // What has been aborted has this name everywhere on the web.
    this.name = code === 'call.aborted' ? 'AbortError' : 'InceptionscopeError';
    this.code = code;
    this.data = data;
  }
}

/**
 * One of JavaScript's own errors.
 * @template {keyof Messages} C
 * @param {C} code
 * @param {Data & Record<Named<Messages[C]>, any>} [data]
 * @param {ErrorOptions} [options]
 */
export function failure(code, data, options) {
  const said = (/** @type {Data[string]} */ fact) => (Array.isArray(fact) ? fact.join(', ') : String(fact));
  const facts = /** @type {Data} */ (data ?? {});
  const message = MESSAGES[code].replace(/\{(\w+)\}/g, (_, fact) => said(facts[fact]));
  return new InceptionscopeError(code, facts, message, options);
}

/** What a signal was aborted for. @param {AbortSignal} [signal] */
export const aborted = (signal) => failure('call.aborted', {}, { cause: signal?.reason });

/**
 * An error as one with a code: the runtime's errors have one. Anything else is a defect, after which the module may
 * be left in the middle of something.
 * @param {unknown} error
 */
export function coded(error) {
  if (error instanceof InceptionscopeError) return error;
  const { code, data, message } = /** @type {{ code?: unknown, data?: Data, message?: string }} */ (Object(error));
  if (typeof code === 'string') return new InceptionscopeError(/** @type {Code} */ (code), data ?? {}, message ?? code);
  return failure('runtime.failed', { reason: message ?? String(error) });
}
