/** Korean particles after names that vary: which one follows depends on whether the name ends in a consonant. */

/** The last consonant of a digit's name, 영 to 구. `-` is any but ㄹ, which 으로 treats as a vowel. */
const DIGITS = ['-', 'ㄹ', '', '-', '', '', '-', 'ㄹ', 'ㄹ', ''];
/** Letters whose names end in a consonant: 엘, 엠, 엔, 알. */
const LETTERS = /** @type {Record<string, string>} */ ({ l: 'ㄹ', m: '-', n: '-', r: 'ㄹ' });

/**
 * The consonant that a word ends in when it is read aloud in Korean.
 * @param {string} word
 * @returns {string | null} empty after a vowel; null if unknown
 */
function final(word) {
  const last = word.replace(/[\s)\]}”’"'…]+$/u, '');
  const end = last.at(-1) ?? '';
  if (end >= '가' && end <= '힣') {
    const consonant = (end.charCodeAt(0) - '가'.charCodeAt(0)) % 28;
    return consonant === 0 ? '' : consonant === 8 ? 'ㄹ' : '-';
  }
  if (/\d/.test(end)) return DIGITS[Number(end)];
  if (end === '%') return '';
  const [letters] = /[A-Za-z]+$/.exec(last) ?? [''];
  if (!letters) return null;
  // Single letters and abbreviations are spelt out: CPU, 4a.
  if (letters.length === 1 || letters === letters.toUpperCase()) return LETTERS[end.toLowerCase()] ?? '';
  if (/le?$/.test(letters)) return 'ㄹ'; // pool, module
  if (/([mn]e?|ng)$/.test(letters)) return '-'; // stem, scene
  return /(ck|[^aeiou][aeiou][bckpt])$/.test(letters) ? '-' : ''; // block, concat; but not weight
}

/**
 * A name and the particle that fits it.
 * @param {string | number} name
 * @param {'은/는' | '이/가' | '을/를' | '과/와' | '으로/로'} pair
 */
export function after(name, pair) {
  const word = String(name);
  const [closed, open] = pair.split('/');
  const consonant = final(word);
  if (consonant === null) return `${word}${closed}(${open})`;
  return word + (consonant === '' || (consonant === 'ㄹ' && open === '로') ? open : closed);
}
