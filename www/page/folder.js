/** Photos of a folder, or several files: which they are, and the folder that each is in. None of them is read here. */

/**
 * @typedef {object} FolderPhoto
 * @property {string} name its path; no two have the same
 * @property {string | null} folder the subfolder that it is in or below; null for none
 * @property {File} file
 */

const PHOTOS = /\.(jpe?g|png|webp|gif|avif|bmp)$/i;

/** Files that a visitor chose. @param {Iterable<File>} files */
export const ofFiles = (files) =>
  listed([...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));

/**
 * What was dropped, if it is a folder or several photos.
 * @param {DataTransfer | null} transfer
 * @returns {Promise<FolderPhoto[]> | null}
 */
export function dropped(transfer) {
  // Only now: the items are gone when the event is over.
  const entries = [...(transfer?.items ?? [])].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const photos = [...(transfer?.files ?? [])].filter((file) => PHOTOS.test(file.name));
  if (entries.some((entry) => entry.isDirectory))
    return Promise.all(entries.map(within)).then((all) => listed(all.flat()));
  return photos.length > 1 ? Promise.resolve(ofFiles(photos)) : null;
}

/** All files in a folder and below. @param {FileSystemEntry} entry @returns {Promise<{ path: string, file: File }[]>} */
async function within(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => {
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject);
    });
    return [{ path: entry.fullPath.slice(1), file }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const all = [];
  // It tells some at a time, and nothing at the end.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return all;
    for (const one of some) all.push(...(await within(one)));
  }
}

/** @param {{ path: string, file: File }[]} files @returns {FolderPhoto[]} by path */
function listed(files) {
  const photos = files.filter(({ path }) => PHOTOS.test(path) && !path.split('/').some((part) => part.startsWith('.')));
  photos.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  // What lies in one folder is told by the folders in it.
  const parts = photos.map(({ path }) => path.split('/'));
  const inOne = parts.every(([first, ...rest]) => rest.length > 0 && first === parts[0][0]);
  const names = new Set();
  return photos.map(({ path, file }, i) => {
    const [folder, ...rest] = parts[i].slice(inOne ? 1 : 0);
    let name = path;
    for (let copy = 2; names.has(name); copy++) name = `${path} (${copy})`;
    names.add(name);
    return { name, folder: rest.length > 0 ? folder : null, file };
  });
}
