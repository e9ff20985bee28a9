import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright } from 'playwright-core';
import puppeteer from 'puppeteer-core';

const FLAGS = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
];

/**
 * The address bar's own pages, which take a second of processor time whenever a browser starts. This is in place of what Playwright
 * turns off, which is on for visitors.
 */
const BAR = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/** WebGPU by SwiftShader: a software adapter, so that a machine without a GPU tests the shaders too. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** WebGPU by the machine's own GPU, which Chromium does not trust everywhere on Linux. */
const HARDWARE = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist'];

/**
 * Debian's Chromium with a profile of its own, driven by Playwright.
 *
 * @param {object} [options]
 * @param {boolean | 'hardware'} [options.webgpu] by SwiftShader; false: a browser without WebGPU
 * @param {string} [options.profile] a folder that outlives the browser; by default a new one that does not
 * @param {string[]} [options.flags] more command-line flags
 * @param {import('playwright-core').BrowserContextOptions} [options.context] screen size, locale, colour scheme
 * @returns {Promise<import('playwright-core').BrowserContext>} to be closed with `close()`
 */
export async function chromium({ webgpu = true, profile, flags = [], context = {} } = {}) {
  const folder = profile ?? (await mkdtemp(join(tmpdir(), 'inceptionscope-chromium-')));
  const adapter = webgpu === 'hardware' ? HARDWARE : webgpu ? WEBGPU : [];
  const without = `--disable-features=${[...BAR, ...(webgpu ? [] : ['WebGPU'])]}`;
  const browser = await playwright.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: false, // Playwright's own switch would start another binary; --headless=new is the real browser.
    chromiumSandbox: false,
    args: ['--headless=new', ...FLAGS, without, ...adapter, ...flags],
    ...context,
  });
  if (!profile) browser.on('close', () => void rm(folder, { recursive: true, force: true }).catch(() => {}));
  return browser;
}

/**
 * Debian's Firefox ESR with a profile of its own and WebGPU by Mesa's lavapipe, driven by Puppeteer.
 *
 * @param {object} [options]
 * @param {Record<string, unknown>} [options.preferences] as in about:config
 * @returns {Promise<import('puppeteer-core').Browser>} to be closed with `close()`
 */
export async function firefox({ preferences = {} } = {}) {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: {
      'dom.webgpu.enabled': true,
      'gfx.webgpu.ignore-blocklist': true,
      ...preferences,
    },
    protocolTimeout: 10 * 60_000,
  });
}
