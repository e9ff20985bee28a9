// A link loads nothing from other sites before the visitor agrees. All requests are looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predictions, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const OPEN_TO_ALL = { 'access-control-allow-origin': '*' };
/** A site of the catalogue, which answers here as another one does. */
const LISTED = { id: 'inception_v3-tf', model: 'inception_v3', host: 'huggingface.co' };

const { site, browser } = await prepare({
  site: { isolated: false, headers: OPEN_TO_ALL },
  browser: { webgpu: false, flags: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'] },
});

/**
 * @typedef {object} Tab A page, and another site.
 * @property {import('playwright-core').Page} page
 * @property {() => string[]} asked what other sites were asked for
 * @property {import('./harness/server.js').Site} other
 * @property {string[]} errors
 */

/**
 * A page at an address of this site, and another site: who was asked for something.
 * @param {(other: string) => string} hash
 * @param {(tab: Tab) => Promise<void>} act
 * @param {string} [path]
 */
async function linked(hash, act, path = '') {
  const other = await serve({ isolated: false, headers: OPEN_TO_ALL });
  try {
    const { page, errors } = await visit(browser, 'about:blank');
    /** @type {string[]} */
    const requests = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`${site.url}${path}${hash(other.url)}`);
    const asked = () => [...new Set(requests.filter((url) => /^http/.test(url) && !url.startsWith(site.url)))];
    await act({ page, asked, other, errors });
    await page.close();
  } finally {
    await other.close();
  }
}

const START = '#engine=cpu&model=googlenet';
const FLOWERS = 'weights/googlenet_flowers.safetensors';
/**
 * What a link may name, how the page says it, and what is asked for in the end.
 * @type {Record<string, [(other: string) => string, RegExp, string[]]>}
 */
const LINKS = {
  weights: [
    (other) => `${START}&image=dandelion&weights=${other}${FLOWERS}`,
    /^Weights from 127\.0\.0\.1:\d+: googlenet_flowers\.safetensors, size unknown$/, [FLOWERS]],
  'a photo': [(other) => `${START}&image=${other}samples/dandelion.jpg`, /^A photo from 127\.0\.0\.1:\d+$/, ['samples/dandelion.jpg']],
  'a photo to compare with': [
    (other) => `${START}&image=dandelion&compare=photo:${other}samples/dandelion.jpg`, /^A photo from /, ['samples/dandelion.jpg']],
  'weights to compare with': [(other) => `${START}&image=dandelion&compare=weights:${other}${FLOWERS}`, /^Weights from /, [FLOWERS]],
};
const dialog = (/** @type {import('playwright-core').Page} */ page) => page.getByRole('dialog', { name: 'Load files from other sites?' });

for (const [what, [hash, says, paths]] of Object.entries(LINKS)) {
  test(`${what}: refused, nothing is asked for, and the page opens without`, () => linked(hash, async ({ page, asked, other, errors }) => {
    await dialog(page).waitFor();
    assert.match((await dialog(page).getByRole('listitem').textContent()) ?? '', says);
    await dialog(page).getByRole('button', { name: 'Open without them' }).click();
    assert.match((await predictions(page))[0], /^dandelion/);
    assert.deepEqual([asked(), other.requests], [[], []]);
    assert.doesNotMatch(page.url(), new RegExp(new URL(other.url).host));
    assert.deepEqual(errors, []);
  }));

  test(`${what}: once agreed to, it is loaded, and not asked about again`, () => linked(hash, async ({ page, asked, other, errors }) => {
    await dialog(page).getByRole('button', { name: 'Load them' }).click();
    assert.match((await predictions(page))[0], /^dandelion/);
    for (const end = Date.now() + 30_000; asked().length < paths.length && Date.now() < end;) await page.waitForTimeout(20);
    assert.deepEqual(asked(), paths.map((path) => other.url + path));
    await page.reload();
    assert.match((await predictions(page))[0], /^dandelion/);
    assert.equal(await dialog(page).isVisible(), false);
    assert.deepEqual(errors, []);
  }));
}

test('listed weights of another site: their size is told, and Escape is a no', () => linked(
  () => `#engine=cpu&model=${LISTED.model}&weights=${LISTED.id}&image=dandelion`, async ({ page, asked }) => {
    const listed = new RegExp(`^Weights from ${LISTED.host}: .*, [\\d.]+\\sMB$`);
    assert.match((await dialog(page).getByRole('listitem').textContent()) ?? '', listed);
    await page.keyboard.press('Escape');
    await predictions(page);
    assert.deepEqual(asked(), []);
  }));

test('other networks of an evaluation are asked about, too', () => linked(
  (other) => `${START}&image=dandelion&evaluate=1;${other}${FLOWERS}`, async ({ page, asked }) => {
    assert.match((await dialog(page).getByRole('listitem').textContent()) ?? '', /^Weights from /);
    await dialog(page).getByRole('button', { name: 'Open without them' }).click();
    await predictions(page);
    assert.deepEqual(asked(), []);
  }));

test('an address that changes asks; the next one takes the question back', () => linked(
  () => `${START}&image=dandelion`, async ({ page, asked, other }) => {
    await predictions(page);
    const go = (/** @type {string} */ hash) => page.evaluate((to) => { location.hash = to; }, hash);
    await go(`${START}&image=${other.url}samples/cat.jpg`);
    await dialog(page).waitFor();
    await go(`${START}&image=${other.url}samples/coffee.jpg&weights=${other.url}${FLOWERS}`);
    await dialog(page).getByRole('listitem').nth(1).waitFor();
    await go(`${START}&image=dandelion&node=inception3a`);
    await dialog(page).waitFor({ state: 'hidden' });
    await page.getByRole('listbox', { name: 'Feature maps of inception3a.branch1', exact: true }).waitFor();
    assert.deepEqual([asked(), other.requests], [[], []]);
  }));

test('what the visitor gives is not asked about', () => linked(() => `${START}&image=none`, async ({ page, asked, other }) => {
  await page.getByText('Photo from a URL').click();
  await page.getByLabel('URL of a photo').fill(`${other.url}samples/dandelion.jpg`);
  await page.getByRole('button', { name: 'Load', exact: true }).click();
  assert.match((await predictions(page))[0], /^dandelion/);
  await page.reload();
  assert.match((await predictions(page))[0], /^dandelion/);
  assert.deepEqual(asked(), [`${other.url}samples/dandelion.jpg`]);
}));

test('a view asks with a button, and not for what is on the site around it', async () => {
  const elsewhere = await serve({ isolated: false, headers: OPEN_TO_ALL });
  const frame = (/** @type {string} */ photo) => {
    const shows = `engine=cpu&model=googlenet&view=predictions&weights=${FLOWERS}&image=${photo}`;
    return `<iframe src="${site.url}embed.html?lang=en#${shows}" width="600" height="400"></iframe>`;
  };
  const pages = { '/': '', '/favicon.ico': '' };
  const blog = await serve({ isolated: false, headers: OPEN_TO_ALL, pages });
  const photos = [blog, elsewhere].map(({ url }) => `${url}samples/dandelion.jpg`);
  pages['/'] = `<!doctype html><title>a blog</title>${photos.map(frame).join('')}`;
  try {
    const { page, errors } = await visit(browser, blog.url);
    const [own, other] = [0, 1].map((i) => page.frameLocator(`iframe >> nth=${i}`));
    await own.locator('svg').waitFor();
    await page.locator('iframe').nth(1).scrollIntoViewIfNeeded();
    const button = other.getByRole('button', { name: `Load from ${new URL(elsewhere.url).host}` });
    await button.waitFor();
    assert.deepEqual(elsewhere.requests, []);
    await button.click();
    await other.locator('svg').waitFor();
    assert.deepEqual(elsewhere.requests, ['/samples/dandelion.jpg']);
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await Promise.all([elsewhere.close(), blog.close()]);
  }
});
