// Views in pages of other origins: the element and the frame are the same, load only when seen, and tell their height.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firefox } from './harness/browsers.js';
import { predictions, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const { site, browser } = await prepare({
  site: { fresh: true, path: '/some/path/', isolated: false, headers: { 'access-control-allow-origin': '*' } },
  browser: { webgpu: false },
});

/** How often the runtime was asked for. The browser may keep weights. */
const started = () => site.requests.filter((path) => path.endsWith('/runtime/worker.js')).length;
const FLOWERS = `${site.url}weights/googlenet_flowers.safetensors`;

/** A blog on an origin of its own. @param {string} body */
const serveBlog = (body) => serve({
  isolated: false,
  pages: { '/': `<!doctype html><meta charset="utf-8"><title>a blog</title>${body}`, '/favicon.ico': '' },
});

/**
 * @param {string} body of a blog
 * @param {(page: import('playwright-core').Page) => Promise<void>} act
 */
async function blog(body, act) {
  const host = await serveBlog(body);
  try {
    const { page, errors } = await visit(browser, host.url);
    await act(page);
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await host.close();
  }
}

const SCRIPT = `<script type="module" src="${site.url}embed.js"></script>`;
/** @param {string} attributes */
const element = (attributes) =>
  `<inception-scope engine="cpu" model="googlenet" weights="${FLOWERS}" photo="dandelion" ${attributes}></inception-scope>`;

/** The texts of the figure in a frame. @param {import('playwright-core').FrameLocator} frame */
async function texts(frame) {
  await frame.locator('svg').waitFor();
  return frame.locator('svg text').allTextContents();
}

test('an element shows its view in a page of another origin, and is as high as that', async () => {
  const views = [element('view="predictions" language="ko" theme="dark"'), element('view="channel" node="inception4a:463"')];
  await blog(`${SCRIPT}<div style="width: 560px">${views.join('')}</div>`, async (page) => {
    const first = page.frameLocator('inception-scope >> nth=0 >> iframe');
    assert.ok((await texts(first)).includes('예측'));
    assert.equal(await first.locator('html').getAttribute('data-theme'), 'dark');
    await page.locator('inception-scope').nth(1).scrollIntoViewIfNeeded();
    assert.ok((await texts(page.frameLocator('inception-scope >> nth=1 >> iframe'))).includes('GoogLeNet: Channel 463 of inception4a'));
    for (const i of [0, 1]) {
      const frame = page.locator('inception-scope').nth(i).locator('iframe');
      const inside = await page
        .frameLocator(`inception-scope >> nth=${i} >> iframe`)
        .locator('body')
        .evaluate((body) => Math.ceil(body.getBoundingClientRect().height));
      await page.waitForFunction(
        ([i, height]) =>
          document.querySelectorAll('inception-scope')[i].shadowRoot?.querySelector('iframe')?.style.height === `${height}px`,
        [i, inside],
      );
      assert.equal(await frame.evaluate((e) => e.clientWidth), 560);
    }
    // Only the frame itself can say how high it is.
    const before = await page
      .locator('inception-scope')
      .first()
      .evaluate((e) => e.shadowRoot?.querySelector('iframe')?.style.height);
    const after = await page.evaluate(async () => {
      postMessage({ type: 'inceptionscope-height', height: 9 }, '*');
      await new Promise((resolve) => {
        addEventListener('message', resolve, { once: true });
      });
      return document.querySelector('inception-scope')?.shadowRoot?.querySelector('iframe')?.style.height;
    });
    assert.equal(after, before);
  });
});

test('the same in Firefox', async () => {
  const body = `${SCRIPT}<div style="width: 560px">${element('view="module" node="inception4a" language="en"')}</div>`;
  const host = await serveBlog(body);
  const fox = await firefox();
  try {
    const page = await fox.newPage();
    await page.goto(host.url);
    const frame = await page.waitForFrame((one) => one.url().includes('embed.html'), { timeout: 60_000 });
    /** @type {string[]} */
    let found = [];
    for (const end = Date.now() + 120_000; found.length === 0 && Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
      found = await frame.evaluate(() => [...document.querySelectorAll('svg text')].map(({ textContent }) => textContent ?? ''));
    }
    for (const text of ['GoogLeNet: Inception (4a)', '12 of 192 maps']) assert.ok(found.includes(text), found.join(' | '));
    const inside = await frame.evaluate(() => Math.ceil(document.body.getBoundingClientRect().height));
    const outside = () => page.evaluate(() => document.querySelector('inception-scope')?.shadowRoot?.querySelector('iframe')?.style.height);
    for (const end = Date.now() + 60_000; (await outside()) !== `${inside}px`; ) {
      assert.ok(Date.now() < end, `${await outside()}, not ${inside}px`);
    }
  } finally {
    await fox.close();
    await host.close();
  }
});

test('it follows the width of its place', () =>
  blog(`${SCRIPT}<div id="place" style="width: 640px">${element('view="module" node="inception4a"')}</div>`, async (page) => {
    const frame = page.frameLocator('inception-scope >> iframe');
    await texts(frame);
    const box = () => frame.locator('svg').getAttribute('viewBox');
    const wide = await box();
    await page.locator('#place').evaluate((e) => {
      e.style.width = '320px';
    });
    await frame.locator(`svg:not([viewBox="${wide}"])`).waitFor();
    // Nothing is cut: the figure is as wide as its frame, and the frame as high as the figure.
    assert.ok(await frame.locator('html').evaluate((e) => e.scrollWidth <= e.clientWidth));
    await page.waitForFunction(
      () => Number.parseFloat(document.querySelector('inception-scope')?.shadowRoot?.querySelector('iframe')?.style.height ?? '') > 700,
    );
  }));

test('nothing is loaded before it is seen', async () => {
  const shows = `engine=cpu&model=googlenet&weights=${FLOWERS}&image=dandelion&node=inception3a`;
  const frame = `<iframe id="far" src="${site.url}embed.html?lang=en#${shows}" width="600" height="400"></iframe>`;
  const before = started();
  await blog(`<p>text</p><div style="height: 6000px"></div>${frame}`, async (page) => {
    const far = page.frameLocator('#far');
    await far.getByText('Loads when it is scrolled into view.').waitFor({ state: 'attached' });
    assert.equal(started(), before);
    await page.locator('#far').scrollIntoViewIfNeeded();
    assert.ok((await texts(far)).includes('GoogLeNet: Inception (3a)'));
    assert.ok(started() > before);
  });
});

test('it needs no storage', async () => {
  const host = await serve({
    isolated: false,
    pages: {
      '/': `<!doctype html><title>a blog</title>${SCRIPT}${element('view="module" node="inception4a" language="en"')}`,
      '/favicon.ico': '',
    },
  });
  try {
    const page = await browser.newPage();
    // As a browser does that blocks storage in frames of other sites.
    await page.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException('denied', 'SecurityError');
          },
        });
      }
      Object.defineProperty(navigator.storage, 'getDirectory', {
        value: () => Promise.reject(new DOMException('denied', 'SecurityError')),
      });
    });
    await page.goto(host.url);
    const frame = page.frameLocator('inception-scope >> iframe');
    assert.ok((await texts(frame)).includes('12 of 192 maps'));
    assert.equal(
      await frame.locator('body').evaluate(() => {
        try {
          return String(localStorage);
        } catch (error) {
          return /** @type {Error} */ (error).name;
        }
      }),
      'SecurityError',
    );
    await page.close();
  } finally {
    await host.close();
  }
});

test('what the figure maker copies shows the same figure in another page', async () => {
  const { page } = await visit(
    browser,
    `${site.url}#engine=cpu&image=dandelion&weights=${FLOWERS}&publish=node:inception4a;branches:0,3;maps:4;theme:dark;title:Two`,
  );
  await predictions(page);
  const dialog = page.getByRole('dialog', { name: 'Figure to publish' });
  await dialog.getByText('8 of 256 maps').waitFor();
  await dialog.getByText('Embed', { exact: true }).click();
  for (const kind of ['Copy as iframe', 'Copy as element']) {
    await dialog.getByRole('button', { name: kind }).click();
    const code = await dialog.getByRole('textbox', { name: 'HTML' }).inputValue();
    assert.match(code, kind === 'Copy as iframe' ? /^<iframe / : /<inception-scope /);
    await blog(code, async (host) => {
      const frame = host.frameLocator('iframe');
      const found = await texts(frame);
      for (const text of ['Two', '4 of 192 maps', '4 of 64 maps']) assert.ok(found.includes(text), `${kind}: ${found.join(' | ')}`);
      assert.equal(await frame.locator('html').getAttribute('data-theme'), 'dark');
      assert.match(
        (await frame.locator('#figure').getAttribute('aria-label')) ?? '',
        /^Two · Feature maps of Inception \(4a\).*dandelion: 7\d%/,
      );
    });
  }
  await page.close();
});

test('a photo that nobody can load is told', () =>
  blog(`<iframe src="${site.url}embed.html?lang=en#engine=cpu&image=own" width="600" height="400"></iframe>`, async (page) => {
    await page.frameLocator('iframe').getByText('This embedded view has no photo that everyone can load.').waitFor();
  }));

for (const file of ['review.html', 'review.ko.html']) {
  test(`the review shows five views: ${file}`, async () => {
    const { page, errors } = await visit(browser, `${site.url}docs/${file}`);
    assert.equal(await page.locator('inception-scope').count(), 5);
    for (let i = 0; i < 5; i++) {
      await page.locator('inception-scope').nth(i).scrollIntoViewIfNeeded();
      await texts(page.frameLocator(`inception-scope >> nth=${i} >> iframe`));
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.deepEqual(errors, []);
    await page.close();
  });
}
