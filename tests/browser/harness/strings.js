/**
 * The strings of some JavaScript without comments; “…” stands where a template has a value. Strings inside of such values count
 * too.
 * @param {string} code
 * @returns {string[]}
 */
export function stringsOf(code) {
  /** @type {string[]} */
  const found = [];
  let at = 0;
  const values = (/** @type {string} */ end) => {
    for (let depth = 0; at < code.length; at += 1) {
      const c = code[at];
      if (c === end && depth === 0) return;
      if (c === '{') depth += 1;
      else if (c === '}') depth -= 1;
      else if (c === "'" || c === '`') string(c);
    }
  };
  const string = (/** @type {string} */ quote) => {
    let text = '';
    for (at += 1; code[at] !== quote && at < code.length; at += 1) {
      if (code[at] === '\\') text += code[(at += 1)] === 'n' ? '\n' : code[at];
      else if (quote === '`' && code.startsWith('${', at)) {
        at += 2;
        values('}');
        text += '…';
      } else text += code[at];
    }
    found.push(text);
  };
  values('');
  return found;
}
