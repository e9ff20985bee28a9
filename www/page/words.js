/** Everything that the page says, in the reader's language. */

import { TABLES, language } from './language.js';

export const t = (await TABLES[language]()).default;
