/** The languages of the page, to switch between. */

import { h } from '../dom.js';
import { NAMES, addressIn, keep, language } from '../language.js';
import { t } from '../words.js';

/**
 * @param {() => string} address of what is shown
 * @param {() => Promise<unknown>} before is done before the page opens again in another language
 */
export const languages = (address, before) =>
  h(
    'nav',
    { class: 'languages', 'aria-label': t.page.language },
    Object.entries(NAMES).map(([code, name]) => {
      const link = h('a', {
        href: `?lang=${code}`,
        lang: code,
        hreflang: code,
        'aria-current': code === language ? 'true' : null,
        text: name,
        onclick: async (/** @type {MouseEvent} */ event) => {
          keep(code);
          link.href = addressIn(address(), code);
          if (event.ctrlKey || event.metaKey || event.shiftKey) return; // for another tab or window
          event.preventDefault();
          await before();
          location.replace(addressIn(address(), code));
        },
      });
      return link;
    }),
  );
