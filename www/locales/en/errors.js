/** A sentence for each error code: what happened, and what to do. `data` has the error's facts. */

/** @typedef {Record<string, any>} Facts */

/** @type {Record<string, (data: Facts) => string>} */
const errors = {};

export default errors;
