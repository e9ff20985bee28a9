/** What can be saved, and what the networks cost. */

import { bytes, shape } from '../../page/format.js';

export default {
  export: {
    title: 'Export',
    link: 'Link to this view',
    copyLink: 'Copy link',
    linkCopied: 'Link copied.',
    linkCopiedOwnPhoto:
      'Link copied. It contains the name of your photo, not the photo itself: anyone who opens it needs the file too.',
    ownPhoto: 'The link contains the name of your photo, not the photo itself: anyone who opens it needs the file too.',
    copyByHand: 'The browser did not allow copying. The link is selected: press Ctrl+C or ⌘C.',
    pictures: 'Figure',
    /** @param {Record<string, string>} about */
    caption: ({ model, weights, image, engine, a, b }) =>
      `Inceptionscope · ${model} · ${weights.split('/').at(-1)} · ${image} · ${engine}${a ? ` · A: ${a} · B: ${b}` : ''}`,
    values: 'Values',
    node: 'Node',
    /** @param {string} op @param {number[]} size @param {number} length */
    size: (op, size, length) => `${op}: ${shape(size)} values, ${bytes(length)} as NPY or safetensors`,
    formats: { npy: 'Save as NPY', csv: 'Save as CSV', safetensors: 'Save as safetensors' },
    /** @param {string} name */
    saved: (name) => `Saved as ${name}.`,
    noPicture: 'The image is too large for the browser. Show fewer maps and try again.',
  },
  costs: {
    title: 'Costs and papers',
    about:
      'The cost of each network, counted on the graphs that run here, beside what its paper states. Papers round ' +
      'and count differently; both are shown as they are. Multiply-adds are those of convolutions and linear ' +
      'layers for one photo, without auxiliary heads.',
    networks: 'Parameters and multiply-adds of every network',
    factorisations: 'One task, several ways',
    tables: 'Tables from the papers',
    /** @param {string} job @param {number[]} input */
    job: (job, input) => `${job}, on ${shape(input)}`,
    blank: '–',
    columns: {
      network: 'Network',
      params: 'Parameters',
      paramsPrinted: 'in the paper',
      macs: 'Multiply-adds',
      macsPrinted: 'in the paper',
      where: 'Paper',
      how: 'How',
      output: 'Output',
      weights: 'Weights',
      share: 'Relative to the first',
    },
  },
};
