// How many frames of a camera the page itself answers in a second.
import { serve } from '../../tests/browser/harness/server.js';

/** The camera that Chromium feigns, allowed without asking. */
const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
/** In seconds; before that the first frames may make buffers, shaders and code. */
const [BEFORE, MEASURED] = [5, 10];
/** No step takes longer, in milliseconds. */
const PATIENCE = 120_000;

/**
 * @param {(flags: string[]) => Promise<import('playwright-core').BrowserContext>} open a browser
 * @param {{ device: string, threads?: number }} engine
 * @returns {Promise<{ ran: number, drawn: number }>} a second: frames that were answered, and frames that the page drew
 */
export async function framesOf(open, { device, threads }) {
  const site = await serve();
  const browser = await open(CAMERA);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`${site.url}#engine=${device}${threads ? `&threads=${threads}` : ''}&image=dandelion`);
    await page.getByRole('list', { name: 'Predictions' }).getByRole('listitem').first().waitFor();
    await page.getByRole('button', { name: 'Camera', exact: true }).click();
    await page.locator('.took').filter({ hasText: /frames per second/ }).waitFor();
    return await page.evaluate(async ([before, measured]) => {
      const wait = (/** @type {number} */ seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      let [ran, drawn] = [0, 0];
      // A frame is asked for once the one before it is answered, and the one before that is drawn.
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (/** @type {any[]} */ ...args) {
        ran += Number(args[0]?.method === 'run');
        return post.apply(this, /** @type {any} */ (args));
      };
      requestAnimationFrame(function draw() {
        drawn += 1;
        requestAnimationFrame(draw);
      });
      await wait(before);
      [ran, drawn] = [0, 0];
      const begun = performance.now();
      await wait(measured);
      const seconds = (performance.now() - begun) / 1000;
      return { ran: ran / seconds, drawn: drawn / seconds };
    }, [BEFORE, MEASURED]);
  } finally {
    await browser.close().catch(() => {});
    await site.close();
  }
}
