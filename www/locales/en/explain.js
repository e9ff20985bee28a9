/** Why this answer, and what each method of explaining it shows. */

import { list, shape, value } from '../../page/format.js';
import trust from './trust.js';

export default {
  why: {
    ...trust,
    ask: 'Why?',
    /** @param {string} name */
    askOf: (name) => `Why ${name}?`,
    /** @param {string} name */
    title: (name) => `Why “${name}”?`,
    close: 'Close the explanation',
    method: 'Method',
    methods: {
      cam: 'Class activation map',
      occlusion: 'Occlusion',
      gradient: 'Gradient',
      'input-x-gradient': 'Input × gradient',
      smoothgrad: 'SmoothGrad',
      integrated: 'Integrated gradients',
      guided: 'Guided backpropagation',
      'grad-cam': 'Grad-CAM',
      removal: 'Removal of branches',
      branches: 'By branch',
    },
    /** What each shows, and what it cannot. */
    notes: {
      cam: 'Exact: where in the last map the logit comes from. It cannot show anything finer than that map.',
      occlusion:
        'How much the logit drops when a patch is covered. It misses anything that is larger than the patch or ' +
        'appears twice.',
      gradient: 'How the logit changes with each pixel. Noisy, and small where a value is saturated.',
      'input-x-gradient': 'The gradient times the input. Values near zero count little, whatever they mean.',
      smoothgrad: 'The mean gradient of noisy copies of the photo: less noisy, but otherwise like the gradient.',
      integrated:
        'What each pixel adds on the way from a baseline to the photo. It cannot show what looks like the baseline.',
      guided: 'Edges and textures in the photo. It hardly depends on the class, so do not take it as evidence.',
      'grad-cam':
        'Where in a module those channels are active that support the class on average. At the last map, it is the ' +
        'class activation map without the evidence against the class.',
      removal:
        'How much the logit drops when a branch is set to zero. Branches work together, so the drops do not add up. ' +
        'Identity shortcuts are not removed.',
      branches:
        'The gradient times the activation, summed up: what each branch and channel contributes, as far as the answer is linear. The ' +
        'sum and the biases after the module add up to the logit exactly; after the last module, the bias is the classifier’s. It ' +
        'cannot show what the network would do without a branch: for that, compare with “Removal of branches”.',
    },
    rather: 'Rather than',
    noOther: 'another class',
    options: {
      patch: 'Patch (pixels)',
      stride: 'Step (pixels)',
      fill: 'Fill',
      samples: 'Copies',
      sigma: 'Noise (share of the range)',
      steps: 'Steps',
      baseline: 'Baseline',
      layer: 'Module',
    },
    choices: {
      fill: { grey: 'Grey', mean: 'Mean colour', blur: 'Blurred' },
      baseline: { zero: 'Zero', black: 'Black', mean: 'Mean colour', blurred: 'Blurred photo' },
    },
    /** @param {string} name of a sample */
    photoOf: (name) => `Photo: ${name}`,
    ownPhoto: 'A photo of your own…',
    noBaseline: 'The link does not contain the photo used as the baseline. Choose it under “Baseline”.',
    /** @param {string} label */
    openModule: (label) => `${label} (open)`,
    progress: 'Progress of the explanation',
    computing: 'Computing…',
    /** @param {number} done @param {number} of */
    steps: (done, of) => `${done} of ${of}`,
    /** @param {number} done @param {number} of */
    stopped: (done, of) => `Stopped after ${done} of ${of}: the rest is unknown.`,
    nothing: 'Nothing was computed.',
    stale: 'The answer has changed. Compute again.',
    stop: 'Stop',
    again: 'Compute again',
    /**
     * @param {string} method @param {string} target @param {string} rather
     * @param {import('../../inceptionscope.js').Why | import('../../inceptionscope.js').Removal
     *   | import('../../inceptionscope.js').Branches} step
     */
    about(method, target, rather, step) {
      const of = rather ? `${target} rather than ${rather}` : target;
      const options = 'options' in step ? Object.entries(step.options).map(([name, value]) => `${name} ${value}`) : [];
      const layer = 'layer' in step && step.layer ? [`of ${step.layer}`] : [];
      return [`${method}: ${of}`, ...layer, ...options].join(', ');
    },
    /** @param {string} method @param {number[]} size */
    mapOf: (method, size) => `${method} over the photo, ${shape(size)}`,
    opacity: 'Opacity',
    squares: 'As computed: one square per value',
    legends: {
      size: 'Warm: large, whether for or against',
      sequential: 'Warm: evidence for it',
      diverging: 'Warm: evidence for it. Blue: evidence against it',
    },
    numbers: {
      value: 'Logit',
      lead: 'Difference from the other logit',
      bias: 'Bias',
      sumOfMap: 'Mean of the map',
      sumOfValues: 'Sum',
      difference: 'Difference from the baseline’s logit',
      error: 'Not accounted for',
    },
    /** @param {string} label */
    shares: (label) => `Shares of the branches of ${label}`,
    /** @param {number} bias @param {number} logit */
    sharesNote: (bias, logit) => `With the bias, ${value(bias)}, they add up to ${value(logit)}.`,
    removed: 'Drop of the logit without each branch',
    askBranches: 'Which branch matters most?',
    /** @param {string} branch @param {string} module */
    branchOf: (branch, module) => `${branch} of ${module}`,
    /** @param {string} name @param {number} drop */
    most: (name, drop) => `${name} matters most: without it, the logit drops by ${value(drop)}.`,
    /** @param {string[]} names @param {number} drop */
    tie: (names, drop) =>
      `A tie, within 2%: ${list(names)}. Without any one of them, the logit drops by about ${value(drop)}.`,
    none: 'Removing any single branch does not lower the logit.',
    /** @param {string} label */
    openThis: (label) => `Open ${label}`,
    saves: { png: 'PNG', csv: 'CSV', json: 'JSON' },
    saveAs: { png: 'Save the explanation as PNG', csv: 'Save its numbers as CSV', json: 'Save its numbers as JSON' },
  },
};
