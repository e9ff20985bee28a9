/** Starts the page. */

import { App } from './app.js';
import { pause, setText } from './dom.js';
import { start } from './first.js';
import { fixed } from './format.js';
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
document.body.classList.add('starting');
fixed(0, 0); // the first number takes a browser as long as everything below
await pause();
const app = new App();
await app.build();
byId('name').append(
  languages(
    () => app.link().link,
    () => app.keepOwn(),
  ),
);
document.body.classList.remove('starting');
start(app);
