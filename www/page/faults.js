/** What is said when something failed. */

import { InceptionscopeError } from '../inceptionscope.js';
import { t } from './words.js';

/** Whether it was given up on purpose. @param {unknown} error */
export const isAbort = (error) => error instanceof Error && error.name === 'AbortError';

/** @param {unknown} error @param {import('../runtime/errors.js').Code} code */
export const hasCode = (error, code) => error instanceof InceptionscopeError && error.code === code;

/** What was lost is there again. @param {import('../inceptionscope.js').Recovery} recovery */
export const recovered = ({ reason, engine }) =>
  reason === 'device.lost' ? t.status.recovered(engine.engine)
    : engine.why === 'doubted' ? t.status.doubted : t.status.restarted;

/**
 * The reader's sentence for an error of the runtime, its English message where the page has no sentence.
 * @param {unknown} error
 * @param {Record<string, (data: any) => string>} [sentences]
 * @returns {string} further lines are details
 */
export function sentence(error, sentences = t.errors) {
  const {
    code = '',
    data = {},
    message,
  } = /** @type {{ code?: string, data?: object, message?: string }} */ (Object(error));
  const make = Object.hasOwn(sentences, code) ? sentences[code] : null;
  const { file } = /** @type {{ file?: string }} */ (data);
  const said = make ? (file ? `${file}: ` : '') + make(data) : (message ?? String(error));
  // Names of files and networks keep their small letters.
  return said.replace(/^(a|it|no|nothing|the|there|this|tensor)(?= )/, (word) => word[0].toUpperCase() + word.slice(1));
}
