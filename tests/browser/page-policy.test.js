// What the page's security policy forbids, and that names are never markup: of files, of classes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSetup, predictions, ROOT, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ browser: { webgpu: false } });

for (const path of ['', 'embed.html']) {
  test(`${path || 'the page'}: no other base, form, object or script`, async () => {
    const { page } = await visit(browser, `${site.url}${path}#image=none&engine=cpu&weights=synthetic:1`);
    const { passed, base } = await page.evaluate(async () => {
      const add = (/** @type {string} */ tag, /** @type {object} */ properties) => {
        const element = Object.assign(document.createElement(tag), properties);
        (tag === 'base' ? document.head : document.body).prepend(element);
        return element;
      };
      const elsewhere = 'https://elsewhere.test/';
      /** @type {Record<string, () => void>} */
      const attempts = {
        'base-uri': () => add('base', { href: elsewhere }),
        'object-src': () => add('object', { data: elsewhere }),
        'frame-src': () => add('iframe', { src: elsewhere }),
        'img-src': () => add('img', { src: `${elsewhere}x.png` }),
        'script-src-elem': () => add('script', { src: `${elsewhere}x.js` }),
        'script-src-attr': () => { const box = add('div', {}); box.setAttribute('onclick', ''); box.click(); },
        'form-action': () => /** @type {HTMLFormElement} */ (add('form', { action: elsewhere, method: 'post' })).submit(),
      };
      // Each is reported; or it throws, since a script's address has to be trusted.
      const left = new Set(Object.keys(attempts));
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => left.delete(effectiveDirective));
      for (const [directive, attempt] of Object.entries(attempts)) {
        try {
          attempt();
        } catch (error) {
          if (error instanceof TypeError) left.delete(directive);
        }
      }
      for (const end = Date.now() + 10_000; left.size > 0 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20));
      return { passed: [...left], base: new URL(document.baseURI).host };
    });
    assert.deepEqual([passed, base], [[], new URL(site.url).host]);
    await page.close();
  });
}

test('text does not become markup or a script’s address in the page, whoever writes it', async () => {
  const { page } = await visit(browser, `${site.url}#image=none&engine=cpu&weights=synthetic:1`);
  const refused = await page.evaluate(() => ['innerHTML', 'src'].map((property) => {
    try {
      Object.assign(document.createElement(property === 'src' ? 'script' : 'div'), { [property]: '<b>x</b>' });
      return 'taken';
    } catch (error) {
      return /** @type {Error} */ (error).name;
    }
  }));
  assert.deepEqual(refused, ['TypeError', 'TypeError']);
  await page.close();
});

test('names of files and classes are shown as they are', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  const name = '<img src=x onerror=alert(1)>';
  await predictions(page);
  await page.locator('#weights-file').setInputFiles({ name: `${name.replaceAll('/', '')}.safetensors`, mimeType: 'application/octet-stream',
    buffer: readFileSync(join(ROOT, 'weights/googlenet_flowers.safetensors')) });
  await page.waitForURL(/weights=own/);
  await openSetup(page);
  await page.getByRole('button', { name: 'ImageNet weights' }).click();
  await page.getByLabel('Choose a weight file').setInputFiles({ name: 'names.txt', mimeType: 'text/plain',
    buffer: Buffer.from(Array.from({ length: 5 }, (_, i) => `${name}${i}`).join('\n')) });
  await page.getByRole('listitem', { name }).first().waitFor();
  assert.equal(await page.evaluate(() => [...document.images].filter(({ src }) => src.endsWith('/x')).length), 0);
  assert.equal(await page.getByText(name).count() > 0, true);
  assert.deepEqual(errors, []);
  await page.close();
});
