/** How good is it? Several crops of a photo, several networks, a folder of photos, beside what the papers print. */

import { catalogue, papers, stored } from '../../inceptionscope.js';
import { h, setText, uniqueId } from '../dom.js';
import { CROPS, evaluate, evaluationIn, textOf } from '../evaluating.js';
import { isAbort, sentence } from '../faults.js';
import { WEIGHT_FILES, weightsOfFiles } from '../files.js';
import { CropsView } from '../panels/evaluate-crops.js';
import { ScoreView } from '../panels/evaluate-score.js';
import { saveEvaluation } from '../save-evaluation.js';
import { t } from '../words.js';
import { paper } from './costs.js';
import { dialog } from './dialog.js';

/**
 * @typedef {import('../evaluating.js').Other} Other
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../photos.js').Photos} Photos
 * @typedef {import('../../inceptionscope.js').PhotoAnswer} PhotoAnswer
 *
 * @typedef {object} Callbacks
 * @property {() => Scope | null} scope the network that is shown
 * @property {() => string} title what it is called, with its weights
 * @property {() => Promise<{ name: string, input: Blob } | null>} photo the one that is shown
 * @property {() => string[]} names of the classes
 * @property {() => number} changes how many changes of the network are in force
 * @property {(file: File) => void} onPhoto a photo of the folder is to be looked at
 * @property {(text: string) => void} onState it is in the address from now on
 * @property {() => Record<string, string>} about
 */

/** While photos come, small ones are drawn so often: after so many. */
const NOW_AND_THEN = 25;

export class EvaluateDialog {
  /** What is under way. @type {AbortController | null} */
  running = null;
  /** Other networks of the ensemble. @type {Other[]} */
  others = [];
  /** By photo, what can be saved. @type {PhotoAnswer[]} */
  answers = [];
  /** Of what. @type {{ networks: string[], about: Record<string, string> }} */
  evaluated = { networks: [], about: {} };

  /** @param {Photos} photos of a folder @param {Callbacks} callbacks */
  constructor(photos, callbacks) {
    this.photos = photos;
    this.callbacks = callbacks;
    const [one, many] = ['photo', 'folder'].map((value) =>
      h('input', {
        type: 'radio',
        name: 'evaluate-what',
        id: uniqueId('what'),
        value,
        onchange: () => this.#describe(),
      }),
    );
    this.one = one;
    this.many = many;
    one.checked = true;
    this.note = h('p', { class: 'muted small' });
    this.classes = h('input', {
      type: 'checkbox',
      id: uniqueId('classes'),
      checked: true,
      onchange: () => this.#describe(),
    });
    this.classesField = h(
      'span',
      { class: 'field check' },
      this.classes,
      h('label', { for: this.classes.id, text: t.evaluate.foldersAreClasses }),
    );
    this.crops = h(
      'select',
      { id: uniqueId('crops'), 'aria-describedby': uniqueId('crops-note'), onchange: () => this.#describe() },
      CROPS.map((value) => h('option', { value, text: t.evaluate.crops[value] })),
    );
    this.crops.value = '144';
    this.cropsNote = h('p', { class: 'muted small', id: this.crops.getAttribute('aria-describedby') });
    this.list = h('ul', { class: 'ensemble', 'aria-label': t.evaluate.networks });
    this.adding = h('select', { id: uniqueId('add'), onchange: () => this.#add() });
    this.file = h('input', {
      type: 'file',
      class: 'hidden',
      tabindex: -1,
      accept: WEIGHT_FILES.join(','),
      multiple: true,
      'aria-label': t.evaluate.weightFile,
      onchange: () => this.#addFiles(),
    });
    this.startButton = h('button', {
      type: 'button',
      class: 'button',
      text: t.evaluate.start,
      onclick: () => this.start(),
    });
    this.stopButton = h('button', {
      type: 'button',
      text: t.evaluate.stop,
      hidden: true,
      onclick: () => this.running?.abort(),
    });
    this.progress = h('progress', { max: 1, 'aria-label': t.evaluate.progress });
    this.said = h('p', { class: 'said', role: 'status' });
    this.cropsView = new CropsView();
    this.scoreView = new ScoreView({
      fileOf: (image) => photos.fileOf(image),
      names: callbacks.names,
      onPhoto: (image) => {
        const file = photos.fileOf(image);
        if (!file) return;
        this.element.close();
        callbacks.onPhoto(file);
      },
    });
    this.saves = h(
      'p',
      { class: 'actions', hidden: true },
      /** @type {const} */ (['png', 'csv', 'json']).map((kind) =>
        h('button', {
          type: 'button',
          class: 'quiet',
          'aria-label': t.evaluate.saveAs[kind],
          text: t.why.saves[kind],
          onclick: () => this.#save(kind),
        }),
      ),
    );
    this.result = h('div', { class: 'evaluate-result' });
    this.papers = h('div', { class: 'costs-body' });
    this.element = dialog(
      'weights',
      t.evaluate.title,
      h('p', { text: t.evaluate.about }),
      h(
        'div',
        { class: 'evaluate-setup' },
        h(
          'fieldset',
          {},
          h('legend', { text: t.evaluate.photos }),
          h('span', { class: 'field check' }, one, h('label', { for: one.id, text: t.evaluate.onePhoto })),
          h('span', { class: 'field check' }, many, h('label', { for: many.id, text: t.evaluate.manyPhotos })),
          photos.choosers(),
          this.note,
          this.classesField,
        ),
        h(
          'fieldset',
          {},
          h('legend', { text: t.evaluate.cropsTitle }),
          h('label', { for: this.crops.id, class: 'hidden', text: t.evaluate.cropsTitle }),
          this.crops,
          this.cropsNote,
        ),
        h(
          'fieldset',
          {},
          h('legend', { text: t.evaluate.networks }),
          this.list,
          h('label', { for: this.adding.id, class: 'hidden', text: t.evaluate.add }),
          this.adding,
          this.file,
        ),
      ),
      h('div', { class: 'evaluate-run' }, this.startButton, this.stopButton, this.progress, this.said),
      this.result,
      this.saves,
      h(
        'details',
        { class: 'evaluate-papers', ontoggle: () => this.#papers() },
        h('summary', { text: t.evaluate.papers }),
        this.papers,
      ),
    );
    this.element.classList.add('evaluate');
    this.element.addEventListener('close', () => callbacks.onState(''));
    photos.onChange(() => {
      this.many.checked = true;
      this.#describe();
    });
  }

  /** @param {string} [asked] what the address asks for */
  async open(asked = '') {
    const wanted = evaluationIn(asked);
    if (wanted) {
      this.crops.value = String(wanted.crops);
      this.others = wanted.weights.map((weights) => ({ title: titleOf(weights), weights, model: null }));
    }
    if (!this.element.open) this.element.showModal();
    this.#describe();
    await Promise.all([this.#fillAdding(), this.photos.match()]); // another network has other classes
    this.#describe();
    if (wanted && this.one.checked) await this.start();
  }

  /** Says what will be done. */
  #describe() {
    const { photos, callbacks } = this;
    const folder = this.many.checked;
    const { list, classes, folders } = photos;
    setText(this.note, list.length ? photos.described() : t.evaluate.noFolder);
    this.note.hidden = !folder;
    this.classesField.hidden = !folder || folders.length === 0 || classes.size === 0;
    setText(this.cropsNote, t.evaluate.cropsNotes[/** @type {1} */ (Number(this.crops.value))]);
    this.startButton.disabled = this.running !== null || (folder && list.length === 0);
    const changes = callbacks.changes();
    this.list.replaceChildren(
      h(
        'li',
        {},
        h('span', { text: callbacks.title() }),
        changes ? h('span', { class: 'muted small', text: t.evaluate.changed(changes) }) : null,
      ),
      ...this.others.map((other) =>
        h(
          'li',
          {},
          h('span', { text: other.title }),
          h('button', {
            type: 'button',
            class: 'icon small',
            'aria-label': t.evaluate.remove(other.title),
            text: '×',
            onclick: () => {
              this.others = this.others.filter((one) => one !== other);
              this.#describe();
              this.adding.focus();
            },
          }),
        ),
      ),
    );
  }

  /** Weights that are at hand for an ensemble. */
  async #fillAdding() {
    const [kept, known] = await Promise.all([stored().catch(() => []), catalogue().catch(() => [])]);
    const at = new Map(kept.filter(({ sha256 }) => sha256).map(({ name, url }) => [url, name]));
    for (const { id, url, title } of known) if (!URL.canParse(url)) at.set(id, `${title}, ${id}`);
    this.adding.replaceChildren(
      h('option', { value: '', text: t.evaluate.add }),
      ...[...at].map(([value, text]) => h('option', { value, text })),
      h('option', { value: 'file', text: t.evaluate.weightFile }),
    );
  }

  #add() {
    const { value, selectedOptions } = this.adding;
    const title = selectedOptions[0]?.text ?? '';
    this.adding.value = '';
    if (value === 'file') this.file.click();
    else if (value) this.others.push({ title, weights: value, model: null });
    this.#describe();
  }

  async #addFiles() {
    const files = [...(this.file.files ?? [])];
    this.file.value = '';
    if (files.length === 0) return;
    try {
      const weights = await weightsOfFiles(files);
      this.others.push({ title: files[0].name, weights, model: null });
    } catch (error) {
      setText(this.said, `${files[0].name}: ${sentence(error)}`);
    }
    this.#describe();
  }

  /** Evaluates; what was found before is given up. */
  async start() {
    const { callbacks, others } = this;
    const scope = callbacks.scope();
    const folder = this.many.checked;
    const photo = folder ? null : await callbacks.photo();
    if (!scope || this.running || (!folder && !photo)) return;
    const crops = /** @type {typeof CROPS[number]} */ (Number(this.crops.value));
    const running = new AbortController();
    this.running = running;
    this.answers = [];
    this.startButton.disabled = true;
    this.stopButton.hidden = false;
    this.saves.hidden = true;
    const names = [callbacks.title(), ...others.map(({ title }) => title)];
    const image = photo?.name ?? t.evaluate.counted(this.photos.list.length, 0);
    this.evaluated = { networks: names, about: { ...callbacks.about(), image, crops: String(crops) } };
    callbacks.onState(textOf(crops, others));
    let ended = '';
    try {
      const asked = photo ? [photo] : this.photos.asked(this.classes.checked);
      this.result.replaceChildren((photo ? this.cropsView : this.scoreView).element);
      if (photo) this.cropsView.begin(await createImageBitmap(photo.input), names);
      else this.scoreView.begin(names);
      this.#tell(0, 1, t.evaluate.starting);
      /** Crops of a photo that are done, by network. @type {number[]} */
      const done = [];
      await evaluate(
        scope,
        others,
        {
          photos: asked,
          crops,
          signal: running.signal,
          onCrops: ({ network, crops: found }) => {
            if (!photo) return;
            this.cropsView.show(network, found);
            done[network] = found.filter(({ top }) => top).length;
            const sum = done.reduce((a, b) => a + (b ?? 0), 0);
            this.#tell(sum, crops * names.length, t.evaluate.cropsDone(sum, crops * names.length));
          },
          onPhoto: (answer) => {
            // Of a folder the crops and all probabilities are too many to keep.
            this.answers.push(
              photo
                ? answer
                : {
                    ...answer,
                    crops: [],
                    networks: answer.networks.map(brief),
                    ensemble: answer.ensemble && brief(answer.ensemble),
                  },
            );
            if (photo && !answer.error) this.cropsView.end(answer);
          },
          onStep: (evaluation) => {
            const { done: sum, of, failed } = evaluation;
            if (photo) {
              if (failed[0]) ended = sentence(failed[0].error);
              return;
            }
            this.scoreView.show(evaluation, sum === of || sum % NOW_AND_THEN === 1);
            this.#tell(sum, of, t.evaluate.photosDone(sum, of));
          },
        },
        (other) => this.#tell(0, 1, t.evaluate.opening(other.title)),
      );
    } catch (error) {
      const { evaluation } = this.scoreView;
      if (!photo && evaluation) this.scoreView.show(evaluation, true);
      ended = isAbort(error) ? t.evaluate.stopped : sentence(error);
    }
    this.running = null;
    this.stopButton.hidden = true;
    this.progress.classList.remove('on');
    setText(this.said, ended || this.said.textContent || '');
    this.saves.hidden = this.answers.length === 0;
    this.#describe();
  }

  /** @param {number} done @param {number} of @param {string} text */
  #tell(done, of, text) {
    this.progress.classList.add('on');
    this.progress.value = done / of;
    setText(this.said, text);
  }

  /** @param {'png' | 'csv' | 'json'} kind */
  async #save(kind) {
    const { answers, scoreView } = this;
    const evaluation = this.result.contains(scoreView.element) ? scoreView.evaluation : null;
    const { networks, about } = this.evaluated;
    const found = { answers, evaluation, networks, classes: this.callbacks.names() };
    setText(this.said, await saveEvaluation(kind, found, this.result, about));
  }

  async #papers() {
    if (this.papers.childElementCount) return; // none of it changes
    try {
      const tables = (await papers()).filter(({ columns }) => columns.some((column) => /error|accuracy/.test(column)));
      this.papers.replaceChildren(h('p', { text: t.evaluate.papersNote }), ...tables.map((one) => paper(one, true)));
    } catch (error) {
      this.papers.replaceChildren(h('p', { text: sentence(error) }));
    }
  }
}

/** What weights in an address are called. @param {string} weights */
const titleOf = (weights) => weights.split('/').at(-1) ?? weights;

/** An answer without the values of all classes. @param {import('../../inceptionscope.js').Prediction} prediction */
const brief = ({ top }) => ({ top, logits: NONE, probabilities: NONE });
const NONE = new Float32Array();
