/** What comes with the module: addresses are relative to it, not to the page that uses it. */

/** Where `inceptionscope.js` is. */
export const ROOT = new URL('../', import.meta.url);

/** A file that comes with the module, if it is there. @param {string} path */
export async function beside(path) {
  const response = await fetch(new URL(path, ROOT)).catch(() => null);
  return response?.ok ? response : null;
}

/** What is shown of an address: the name of its file. @param {string} address */
export function nameOf(address) {
  const name = (URL.canParse(address) && new URL(address).pathname.split('/').at(-1)) || address;
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a percent sign that begins no code
  }
}
