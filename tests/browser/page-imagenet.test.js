// GoogLeNet as published, from its public address: a server stands in for the host. The weights are not part of the
// project: INCEPTIONSCOPE_REAL_WEIGHTS names a folder with googlenet_bvlc.safetensors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { predictions, ROOT, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';
import { tensorsOf } from './harness/weights.js';

const { site, browser } = await prepare();
const folder = process.env.INCEPTIONSCOPE_REAL_WEIGHTS;
const skip = folder ? false : 'INCEPTIONSCOPE_REAL_WEIGHTS does not name a folder with the published weights';
const published = () => readFileSync(join(folder ?? '', 'googlenet_bvlc.safetensors'));

/** Kernels are published with their channels last. @param {import('./harness/weights.js').Tensor} tensor */
function asPublished({ info: { shape }, bytes }) {
  if (shape.length !== 4) return bytes;
  const [filters, channels, pixels] = [shape[0], shape[1], shape[2] * shape[3]];
  const body = Buffer.alloc(bytes.length);
  for (let f = 0, to = 0; f < filters; f++) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++, to += 4) {
        const from = ((f * channels + c) * pixels + p) * 4;
        bytes.copy(body, to, from, from + 4);
      }
    }
  }
  return body;
}

test('one click opens GoogLeNet from the public host, which knows the Egyptian cat', { skip }, async () => {
  const tensors = new Map(tensorsOf(published()).map((tensor) => [tensor.name, asPublished(tensor)]));
  /** @type {{ url: string, name: string }[]} */
  const parts = JSON.parse(readFileSync(join(ROOT, 'www/catalogue/googlenet-bvlc.json'), 'utf8'));
  await browser.route('https://raw.githubusercontent.com/**', (route) => {
    const part = parts.find(({ url }) => route.request().url().endsWith(`/weights/${url}`));
    const body = part && tensors.get(part.name);
    const headers = { 'access-control-allow-origin': '*' };
    return body ? route.fulfill({ body, headers }) : route.fulfill({ status: 404, headers });
  });
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=cat`);
  await predictions(page);
  await page.getByRole('button', { name: 'Open GoogLeNet trained on ImageNet (28 MB)' }).click();
  await page.getByRole('listitem', { name: /^Egyptian cat/ }).waitFor();
  assert.match((await predictions(page))[0], /^Egyptian cat/);
  await page.getByText('trained on ImageNet: it knows 1,000 classes').waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, 'egyptian-cat.png') });
  assert.deepEqual(errors, []);
  await page.close();
});

test('a site that has a copy starts with it', { skip }, async () => {
  const pages = { '/weights/index.json': '["googlenet-bvlc"]', '/weights/googlenet-bvlc.safetensors': published() };
  const own = await serve({ pages });
  try {
    const { page, errors } = await visit(browser, `${own.url}#engine=cpu&image=cat`);
    await page.getByRole('listitem', { name: /^Egyptian cat/ }).waitFor();
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await own.close();
  }
});
