/**
 * A page of either browser: what their drivers can do alike, and what tests of both ask of our page.
 *
 * @module
 */

import { chromium, firefox } from './browsers.js';

/** How long a test waits for what it expects. */
const TIMEOUT = 60_000;

/** Both browsers, by name: what starts them. */
export const BROWSERS = { Chromium: () => chromium(), Firefox: () => firefox() };

export class Tab {
  #page;

  /** @param {any} page Playwright's or Puppeteer's */
  constructor(page) {
    this.#page = page;
    page.setDefaultTimeout(TIMEOUT);
    page.setDefaultNavigationTimeout(TIMEOUT);
  }

  /**
   * @param {{ newPage(): Promise<any> }} browser
   * @param {string} address
   */
  static async open(browser, address) {
    const page = await browser.newPage();
    await (page.setViewport?.({ width: 1440, height: 900 }) ?? page.setViewportSize({ width: 1440, height: 900 }));
    const tab = new Tab(page);
    await tab.goto(address);
    return tab;
  }

  /** @param {string} address */
  goto(address) {
    return this.#page.goto(address);
  }

  reload() {
    return this.#page.reload();
  }

  close() {
    return this.#page.close();
  }

  /** The value of a JavaScript expression in the page. @param {string} expression */
  value(expression) {
    return this.#page.evaluate(expression);
  }

  /** Waits until an expression is true in the page. @param {string} expression */
  async until(expression) {
    // Not by the drivers' own ways, which the page's content security policy forbids. A page that is loaded anew meanwhile is asked again.
    let cause;
    const value = () => this.value(`Promise.resolve(${expression}).then(Boolean)`).catch((/** @type {unknown} */ error) => {
      cause = error;
    });
    for (const end = Date.now() + TIMEOUT; !(await value()); ) {
      if (Date.now() > end) throw new Error(`in vain waited for ${expression}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** Waits for an element, and returns its name or its text. @param {string} selector @param {RegExp} [text] that it has to have */
  async named(selector, text = /./) {
    const names = `[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.ariaLabel ?? e.textContent)`;
    const found = `${names}.find((text) => ${text}.test(text))`;
    await this.until(`${found} !== undefined`);
    return /** @type {Promise<string>} */ (this.value(found));
  }

  /** The most probable class, when a photo has run. */
  answer() {
    return this.named('.predictions li[aria-label]');
  }

  /** How many predictions are shown. @returns {Promise<number>} */
  answers() {
    return this.value(`document.querySelectorAll('.predictions li[aria-label]').length`);
  }

  /** What the page says of loading and running. @param {RegExp} text that it has to say */
  said(text) {
    return this.named('.progress-row [role=status], .progress-row .took', text);
  }

  /** What the page says is wrong. */
  complaint() {
    return this.named('[role=alert]', /\w\w/);
  }

  /** What the browser keeps of weights. @returns {Promise<import('../../../www/inceptionscope.js').Stored[]>} */
  kept() {
    return this.value(`import(new URL('inceptionscope.js', document.baseURI).href).then((module) => module.stored())`);
  }
}
