/** Files that the visitor gives: which of them are weights, and how they become one file that a network opens from. */

import { convert, isRare } from '../formats.js';
import { isIndex, ofFiles } from '../runtime/shards.js';

/** Endings of files of weights and of class names; what else there is, is taken for a photo. */
export const WEIGHT_FILES = [
  ...['.safetensors', '.pth', '.pt', '.tar', '.ckpt', '.bin', '.h5', '.hdf5', '.keras', '.onnx', '.caffemodel'],
  ...['.json', '.txt'],
];

/** Whether a file is one of weights or of class names. @param {File} file */
export const isWeights = (file) => WEIGHT_FILES.some((ending) => file.name.toLowerCase().endsWith(ending));

/** Whether files that were given are names of classes. @param {File[]} files */
export const areClassNames = (files) =>
  files.length === 1 && /\.(txt|json)$/i.test(files[0].name) && !isIndex(files[0].name) && !isModel(files[0]);

/** Whether a file is that of a TF.js model which lists its weight files. @param {File} file */
const isModel = (file) => /^model(\.min)?\.json$/i.test(file.name);

/**
 * The weights as one file. Shards are joined; rare formats are converted by a module of their own, which is
 * loaded for the first of them.
 * @param {File[]} files
 * @returns {Promise<File>}
 */
export async function weightsOfFiles(files) {
  const first = files.find((file) => isIndex(file.name) || isModel(file)) ?? files.find(isWeights) ?? files[0];
  if (isIndex(first.name)) return ofFiles(first, files);
  if (/\.(safetensors|pth|pt)$/i.test(first.name)) return first;
  if (!(await isRare(first))) return first;
  return new File([await convert(first, files.filter((file) => file !== first))], first.name);
}
