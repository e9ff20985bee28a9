import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/**
 * @typedef {import('playwright-core').BrowserContext} Browser
 * @typedef {import('playwright-core').Page} Page
 */

/** The repository. */
export const ROOT = resolve(import.meta.dirname, '../../..');

/** A photo that comes with the page. @param {string} name */
export const sample = (name) => resolve(ROOT, `www/samples/${name}.jpg`);

/**
 * The page at an address, with everything that went wrong in it gathered.
 *
 * @param {Browser} browser
 * @param {string} address
 * @param {string} [inject] a script in front of the page's own
 * @returns {Promise<{ page: Page, errors: string[] }>}
 */
export async function visit(browser, address, inject) {
  const page = await browser.newPage();
  if (inject) await page.addInitScript(inject);
  page.setDefaultTimeout(60_000);
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(address);
  return { page, errors };
}

/** Waits until the service worker keeps the page, which comes after all of its files. @param {Page} page */
export async function untilKept(page) {
  // `waitForFunction` takes a promise for an answer.
  const isKept = () => page.evaluate(() => caches.match('./').then(Boolean));
  for (const end = Date.now() + 60_000; !(await isKept()); ) {
    if (Date.now() > end) throw new Error('the service worker does not keep the page');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The names of the classes, best first, when a photo has run; none of an untrained network. @param {Page} page */
export async function predictions(page) {
  const list = page.getByRole('list', { name: 'Predictions' }).getByRole('listitem');
  const ran = page.locator('html:has(.predictions[hidden]) .took').filter({ hasText: /\d/ });
  await list.first().or(ran).first().waitFor();
  return list.evaluateAll((items) => items.map((item) => item.getAttribute('aria-label') ?? ''));
}

/**
 * Gives the page a photo, as a visitor does who clicks the button.
 * @param {Page} page
 * @param {string | { name: string, mimeType: string, buffer: Buffer }} file
 */
export async function choosePhoto(page, file) {
  await page.getByLabel('Choose a photo').setInputFiles(file);
}

/** Unfolds the choice of network, weights and engine. @param {Page} page */
export async function openSetup(page) {
  const line = page.locator('#setup-line');
  if ((await line.getAttribute('aria-expanded')) === 'false') await line.click();
}

/** Opens a module of the list. @param {Page} page @param {string} label */
export async function openModule(page, label) {
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: new RegExp(`^${label.replace(/[()]/g, '\\$&')} `) }).click();
}

/**
 * The pixels of the tiles of a node, drawn after a run, by channel.
 * @param {Page} page
 * @param {string} node
 * @returns {Promise<Record<string, string>>}
 */
export async function tiles(page, node) {
  const grid = page.getByRole('listbox', { name: `Feature maps of ${node}`, exact: true });
  await grid.scrollIntoViewIfNeeded();
  // A tile's name has its mean once its map is there.
  await grid.getByRole('option', { name: /mean/ }).first().waitFor();
  await page.waitForFunction((element) => [...(element?.querySelectorAll('canvas') ?? [])].every((c) => c.style.visibility === 'visible'),
    await grid.elementHandle());
  return grid.getByRole('option').evaluateAll((options) => Object.fromEntries(options.map((option) => [
    option.getAttribute('aria-label')?.split(',')[0] ?? '',
    option.querySelector('canvas')?.toDataURL() ?? '',
  ])));
}

/** The pictures of all modules, which an untrained network has in place of an answer. @param {Page} page @returns {Promise<string>} */
export const thumbnails = (page) => page.evaluate(() =>
  [...document.querySelectorAll('canvas.thumbnail')].map((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL()).join());

/** Waits until they are these, or others. @param {Page} page @param {string} pictures @param {boolean} same */
export const untilThumbnails = (page, pictures, same) => page.waitForFunction(([expected, same]) => {
  const canvases = /** @type {NodeListOf<HTMLCanvasElement>} */ (document.querySelectorAll('canvas.thumbnail'));
  const now = [...canvases].map((canvas) => canvas.toDataURL()).join();
  return (now === expected) === same;
}, /** @type {[string, boolean]} */ ([pictures, same]));

/** What the page says is wrong. @param {Page} page */
export async function complaint(page) {
  const alert = page.getByRole('alert');
  await alert.filter({ hasText: /\w/ }).waitFor();
  return (await alert.textContent()) ?? '';
}

/** Runs the command line. @param {string[]} args */
export function inceptionscope(...args) {
  return execFileSync('cargo', ['run', '--quiet', '--', ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/**
 * The f32 tensors of a safetensors file.
 * @param {Buffer} file
 * @returns {Map<string, { shape: number[], data: Float32Array }>}
 */
export function safetensors(file) {
  const length = Number(file.readBigUInt64LE(0));
  /** @type {Record<string, { shape: number[], data_offsets: [number, number] }>} */
  const header = JSON.parse(file.toString('utf8', 8, 8 + length));
  delete header.__metadata__;
  return new Map(Object.entries(header).map(([name, { shape, data_offsets: [from, to] }]) => {
    const bytes = Uint8Array.prototype.slice.call(file, 8 + length + from, 8 + length + to);
    return [name, { shape, data: new Float32Array(bytes.buffer) }];
  }));
}

/**
 * The largest |found − expected| / (|expected| + standard deviation of expected).
 * @param {ArrayLike<number>} found
 * @param {ArrayLike<number>} expected
 */
export function deviation(found, expected) {
  const values = Array.from(expected);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  return found.length === expected.length ? Math.max(...chunks(values.map((v, i) => Math.abs(found[i] - v) / (Math.abs(v) + std))))
    : Infinity;
}

/** Maxima of parts, since a call takes no hundred thousand arguments. @param {number[]} values */
function chunks(values) {
  const maxima = [];
  for (let i = 0; i < values.length; i += 10_000) {
    maxima.push(values.slice(i, i + 10_000).reduce((a, b) => (b > a || Number.isNaN(b) ? b : a)));
  }
  return maxima;
}
