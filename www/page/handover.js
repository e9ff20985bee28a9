/** What only the visitor has, a photo and weights, for the same tab when the page opens again in another language. */

/**
 * @typedef {object} Handed
 * @property {Blob | null} photo
 * @property {File | null} weights
 */

const NAME = 'inceptionscope-handover';

/** @type {Handed} */
const NOTHING = { photo: null, weights: null };

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @template T @param {(store: IDBObjectStore) => Promise<T>} act @returns {Promise<T>} */
async function withStore(act) {
  const opening = indexedDB.open(NAME);
  opening.onupgradeneeded = () => opening.result.createObjectStore(NAME);
  const database = await done(opening);
  try {
    const transaction = database.transaction(NAME, 'readwrite');
    // What is not written when the page goes away is lost.
    const written = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [answer] = await Promise.all([act(transaction.objectStore(NAME)), written]);
    return answer;
  } finally {
    database.close();
  }
}

/** Leaves this for the page that this tab opens next. @param {Handed} handed */
export async function leave(handed) {
  if (!handed.photo && !handed.weights) return;
  const tab = String(Math.random());
  try {
    await withStore(async (store) => {
      await done(store.clear()); // what a tab left that was closed before it opened
      await done(store.put(handed, tab));
    });
    sessionStorage.setItem(NAME, tab);
  } catch {
    // The browser keeps nothing: the page asks for the files, as it does for whoever is sent the link.
  }
}

/** Takes what the page before left. @returns {Promise<Handed>} */
export async function take() {
  try {
    const tab = sessionStorage.getItem(NAME);
    if (tab) {
      sessionStorage.removeItem(NAME);
      return await withStore(async (store) => {
        const handed = await done(store.get(tab));
        await done(store.delete(tab));
        return handed ?? NOTHING;
      });
    }
  } catch {
    // As above.
  }
  return NOTHING;
}
