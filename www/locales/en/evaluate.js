/** How good is it, and which photos excite a channel. */

import { list, percent, plural } from '../../page/format.js';

const photos = { one: 'photo', other: 'photos' };
const folders = { one: 'folder', other: 'folders' };

export default {
  evaluate: {
    title: 'Evaluate',
    about:
      'How good are the answers? Average several crops of a photo, or several networks, and score a folder of photos. Nothing is uploaded.',
    photos: 'Photos',
    onePhoto: 'The photo shown',
    manyPhotos: 'A folder of photos',
    chooseFolder: 'Choose a folder',
    choosePhotos: 'Choose photos',
    noFolder: 'No folder yet: choose one, or drop it on the page.',
    foldersAreClasses: 'Folder names are the classes',
    /** @param {number} count @param {number} of @param {string[]} unknown */
    found: (count, of, unknown) =>
      `${plural(count, photos)}${of ? ` in ${plural(of, folders)}` : ', not in folders, so their classes are not known'}.` +
      (unknown.length
        ? ` Not a class of this network, so not scored: ${list(unknown.slice(0, 5))}${unknown.length > 5 ? ', …' : ''}.`
        : ''),
    cropsTitle: 'Crops of each photo',
    crops: { 1: '1 crop', 10: '10 crops', 12: '12 crops', 144: '144 crops' },
    cropsNotes: {
      1: 'The one used by the preprocessing.',
      10: 'Four corners and the centre, each also mirrored.',
      12: 'Corners and centre of the middle square, and the square as a whole, each also mirrored.',
      144: 'As in the GoogLeNet paper: four sizes, three squares, six crops of each, each also mirrored.',
    },
    networks: 'Networks',
    add: 'Add a network…',
    weightFile: 'Weight file…',
    /** @param {string} title */
    remove: (title) => `Remove ${title}`,
    /** @param {number} count */
    changed: (count) => `with ${plural(count, { one: 'change', other: 'changes' })}`,
    start: 'Start',
    stop: 'Stop',
    progress: 'Progress of the evaluation',
    starting: 'Starting…',
    /** @param {string} title */
    opening: (title) => `Opening ${title}…`,
    stopped: 'Stopped. The results so far are shown.',
    /** @param {number} done @param {number} of */
    cropsDone: (done, of) => `${done} of ${plural(of, { one: 'crop', other: 'crops' })}`,
    /** @param {number} done @param {number} of */
    photosDone: (done, of) => `${done} of ${plural(of, photos)}`,
    cropsOf: 'Crops as seen by',
    eachCrop: 'Each crop',
    chooseCrop: 'Select a crop to see it alone.',
    /** @param {number} number */
    cropNumber: (number) => `Crop ${number}`,
    /** @param {number} number @param {number} side @param {number} x @param {number} y @param {boolean} mirror */
    crop: (number, side, x, y, mirror) => `${number}: ${side} px at ${x}, ${y}${mirror ? ', mirrored' : ''}`,
    /** @param {string} name @param {number} probability */
    guess: (name, probability) => `${name} ${percent(probability)}`,
    /** @param {number} count */
    average: (count) => (count === 1 ? 'Answer' : `Average of ${count} crops`),
    ensemble: 'Ensemble',
    /** @param {string} name @param {number} probability @param {number} agree @param {number} of */
    agree: (name, probability, agree, of) =>
      `${name}, ${percent(probability)} on average; ${agree} of ${of} crops put it first.`,
    /** @param {string} name */
    cropLegend: (name) =>
      `Solid, blue: crops that put ${name} first. Dashed, orange: crops that put another class first.`,
    cropsAsTheyCome: 'Crops are drawn as they are computed. Mirrored crops coincide with others.',
    /** @param {number} count */
    cropsOnPhoto: (count) => `The photo with ${plural(count, { one: 'crop', other: 'crops' })} drawn on it`,
    measured: 'Measured here, on these photos',
    columns: {
      network: 'Network',
      photos: 'Photos',
      top1: 'Top-1',
      top5: 'Top-5',
      top1Error: 'Top-1 error',
      top5Error: 'Top-5 error',
      own: 'True class',
      takenFor: 'Predicted',
    },
    /** @param {number} count @param {number} known */
    counted: (count, known) => (known && known < count ? `${count}, ${known} of a known class` : plural(count, photos)),
    detailsOf: 'Details of',
    confusion: 'Confusion matrix: true class in rows, prediction in columns',
    ownTaken: 'True \\ predicted',
    /** @param {number} shown @param {number} of */
    confusions: (shown, of) =>
      of > shown ? `The ${shown} most frequent of ${of} confusions` : 'Confusions, the most frequent first',
    worst: 'Worst mistakes: their true class has the lowest probability',
    leastCertain: 'Least certain answers',
    certain: 'Most certain answers',
    /** @param {string} name @param {number} probability */
    isOwn: (name, probability) => `actually ${name}, ${percent(probability)}`,
    /** @param {string} name */
    look: (name) => `Open ${name}`,
    /** @param {number} count */
    failed: (count) => `${plural(count, photos)} could not be used`,
    papers: 'What the papers report',
    papersNote:
      'As printed in the papers, measured on the ImageNet validation set. Not comparable with a folder of your own.',
    saveAs: { png: 'Save the evaluation as PNG', csv: 'Save its numbers as CSV', json: 'Save its numbers as JSON' },
  },
  exciting: {
    view: 'Photos',
    hint: 'Which photos excite this channel most? Choose a folder of photos, or drop one on the page.',
    /** @param {number} count @param {string} label */
    search: (count, label) => `Search ${plural(count, photos)} for all channels of ${label}`,
    progress: 'Progress of the search',
    list: 'Photos that excite this channel most',
    note: 'The nine highest peaks, each cut to its receptive field. Changes to the network are not applied.',
    none: 'No photo excites this channel: it stays at zero.',
    /** @param {number} done @param {number} of */
    searched: (done, of) =>
      done < of ? `${done} of ${plural(of, photos)} searched` : `${plural(of, photos)} searched`,
    /** @param {string} name @param {number} row @param {number} column */
    of: (name, row, column) => `${name}, row ${row}, column ${column}`,
    /** @param {string} name @param {number} peak */
    peak: (name, peak) => `Open ${name}, peak ${peak.toPrecision(3)}`,
    savePng: 'Save the photos as PNG',
    saveCsv: 'Save the peaks of all channels as CSV',
  },
};
