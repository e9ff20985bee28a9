// A GPU that is lost in the middle of a run: the page says so in one sentence, and shows what was asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { complaint, openSetup, predictions, visit } from './harness/page.js';
import { serve } from './harness/server.js';

/** In a worker: destroys the device at the third submission of a run. */
const LOSE = `{
  let running = false, calls = 0, device;
  addEventListener('message', ({ data }) => { running ||= data.method === 'run'; });
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) { return (device = await requestDevice.apply(this, args)); };
  const submit = GPUQueue.prototype.submit;
  GPUQueue.prototype.submit = function (...args) {
    if (running && ++calls === 3) device.destroy();
    return submit.apply(this, args);
  };
}`;

/** @param {string[]} inject what the first worker, and each that replaces it, begins with */
async function visitWith(inject) {
  const site = await serve({ inject });
  const browser = await chromium();
  const { page } = await visit(browser, `${site.url}#engine=gpu&image=dandelion`);
  return { page, close: () => Promise.all([browser.close(), site.close()]) };
}

test('a lost GPU is replaced', async () => {
  const { page, close } = await visitWith([LOSE]);
  try {
    assert.match(await complaint(page), /^The GPU was reset and the network reloaded\. The view is as it was before\./);
    assert.match((await predictions(page))[0], /^dandelion/);
    await openSetup(page);
    await page.getByText(/^Runs on WebGPU/).waitFor();
    await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  } finally {
    await close();
  }
});

test('after two losses within a minute the CPU takes over', async () => {
  const { page, close } = await visitWith([LOSE, LOSE]);
  try {
    await openSetup(page);
    await page.getByText(/Runs on the CPU( with \d+ threads)?: the GPU stopped working\./).waitFor();
    assert.match(await complaint(page), /^The GPU stopped working\. The network now runs on the CPU/);
    assert.match((await predictions(page))[0], /^dandelion/);
  } finally {
    await close();
  }
});

test('a runtime that fails is started again, and the GPU is not blamed for it', async () => {
  const fail = `{
    let failed = false;
    addEventListener('message', ({ data }) => {
      if (data.method === 'run' && !failed) { failed = true; setTimeout(() => { throw new Error('injected'); }); }
    });
  }`;
  const { page, close } = await visitWith([fail]);
  try {
    assert.match(await complaint(page), /^The runtime was restarted and the network reloaded\. The view is as it was before\./);
    assert.match((await predictions(page))[0], /^dandelion/);
  } finally {
    await close();
  }
});
