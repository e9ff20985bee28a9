/** What is open and computes, how far its weights are, and what goes on. */

import { FLOWERS, IMAGENET, isUntrained, weightsOf } from '../choice.js';
import { h, help, setText } from '../dom.js';
import { t } from '../words.js';
import { TuningLine } from './tuning.js';

/**
 * @typedef {import('../../inceptionscope.js').Progress} Progress
 *
 * @typedef {object} Callbacks
 * @property {() => void} onWeights
 * @property {() => void} onStorage
 * @property {() => void} onImagenet
 * @property {() => void} onCancel
 */

export class Status {
  /**
   * @param {HTMLElement} host
   * @param {HTMLElement} progress where to say how far the weights are
   * @param {Callbacks} callbacks
   */
  constructor(host, progress, { onWeights, onStorage, onImagenet, onCancel }) {
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h('button', { type: 'button', class: 'quiet', text, onclick });
    this.about = h('p', { class: 'about' });
    this.imagenet = button(t.status.openImagenet, onImagenet);
    this.warnings = h('ul', { class: 'warnings', 'aria-label': t.status.warnings, hidden: true });
    this.engine = h('p', { class: 'engine muted' });
    this.tuning = new TuningLine();
    /** What the network knows, and what knows more: shown beside its answer. */
    this.knows = h('div', { class: 'knows' }, this.about, this.imagenet, (this.trained = button(t.status.openTrained, onWeights)));
    this.trained.hidden = true;
    this.stage = h('span', { role: 'status' });
    /** How long a run took, which nobody has to be told aloud. */
    this.took = h('span', { class: 'took' });
    this.progress = h('progress', { 'aria-label': t.loading.title, max: 1, value: 0 });
    this.amount = h('span', { class: 'number' });
    this.cancel = button(t.loading.cancel, onCancel);
    this.cancel.hidden = true;
    /** When the download began, and after how many bytes. */
    this.download = { since: 0, from: -1 };
    host.append(
      h(
        'div',
        { class: 'about-row' },
        this.engine,
        h(
          'div',
          { class: 'buttons' },
          button(t.weights.button, onWeights),
          h('span', {}, button(t.storage.button, onStorage), help(t.help.about(t.storage.button), t.help.stored)),
        ),
      ),
      this.warnings,
      this.tuning.box,
    );
    progress.append(
      h('div', { class: 'progress-row' }, this.stage, this.took, this.cancel, this.amount, this.progress),
    );
  }

  /** @param {import('../choice.js').Choice} choice @param {import('../graph.js').Engine} engine */
  show(choice, engine) {
    const weights = weightsOf(choice);
    const about =
      typeof weights !== 'string'
        ? t.status.own
        : isUntrained(choice)
          ? t.status.untrained
          : weights === FLOWERS.url
            ? t.status.flowers
            : weights === IMAGENET.weights
              ? t.status.imagenet
              : t.status.file(weights);
    this.imagenet.hidden = weights !== FLOWERS.url;
    this.trained.hidden = !isUntrained(choice);
    setText(this.about, about);
    this.warn([]);
    setText(this.engine, t.status.engine(engine));
  }

  /** What is worth knowing about the weights. @param {string[]} sentences */
  warn(sentences) {
    this.warnings.hidden = sentences.length === 0;
    this.warnings.replaceChildren(...sentences.map((text) => h('li', { text })));
  }

  /** @param {string} text */
  say(text) {
    setText(this.took, '');
    setText(this.stage, text);
  }

  /** A run has ended. @param {string} text how long it took */
  ran(text) {
    setText(this.stage, '');
    setText(this.took, text);
  }

  /** A network is on its way. */
  begin() {
    this.download = { since: performance.now(), from: -1 };
    this.say(t.loading.stages.download);
    this.cancel.hidden = false;
  }

  /** It is there, or does not come. @param {string} text @param {string} [took] how long a run took */
  end(text, took = '') {
    this.say(text);
    setText(this.took, took);
    this.progress.classList.remove('on');
    setText(this.amount, '');
    this.cancel.hidden = true;
  }

  /** @param {Progress} progress @returns {number | null} bytes a second, if known */
  advance({ stage, loaded, total, from, unkept }) {
    const { download } = this;
    // What was kept of an earlier visit comes at once, and says nothing about what is to come.
    if (download.from < 0 && loaded > from) Object.assign(download, { since: performance.now(), from: loaded });
    const seconds = (performance.now() - download.since) / 1000;
    const arriving = stage === 'download';
    const rate = arriving && download.from >= 0 && seconds > 1 ? (loaded - download.from) / seconds || null : null;
    const stages = t.loading.stages;
    this.say(unkept ? `${stages[stage]} ${t.loading.notKept}` : stages[stage]);
    this.progress.classList.add('on');
    const known = arriving || stage === 'reconnect';
    if (known && total) this.progress.value = loaded / total;
    else this.progress.removeAttribute('value');
    if (known)
      setText(
        this.amount,
        loaded ? t.loading.loaded(loaded, total, total && rate ? (total - loaded) / rate : null) : '',
      );
    return rate;
  }
}
