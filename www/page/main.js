/** Starts the page. */

import { App } from './app.js';
import { pause, setText } from './dom.js';
import { start } from './first.js';
import { settled } from './isolation.js';
import { language } from './language.js';
import * as offline from './offline.js';
import { languages } from './panels/languages.js';
import { t } from './words.js';

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

document.documentElement.lang = language;
document.title = t.page.title;
document.querySelector('meta[name=description]')?.setAttribute('content', t.page.tagline);
setText(byId('tagline'), t.page.tagline);
setText(byId('skip'), t.page.skip);
byId('skip').addEventListener('click', (event) => {
  event.preventDefault(); // the fragment holds the page's state
  byId('network').focus();
});
await settled; // before anything is computed or downloaded for it
offline.prepare(byId('status'));
await pause(); // the name of the page is there
const app = new App();
byId('name').append(
  languages(
    () => app.link().link,
    () => app.keepOwn(),
  ),
);
start(app);
