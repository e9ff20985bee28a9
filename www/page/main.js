/** The page: what was chosen, what runs, what is shown. */

import { models, open } from '../inceptionscope.js';
import { t } from '../strings.js';
import { ChannelView } from './channel.js';
import { h, setText } from './dom.js';
import * as format from './format.js';
import * as hash from './hash.js';
import { NetworkMap } from './map.js';
import { ModuleView } from './network.js';
import { PhotoView, SAMPLES } from './photo.js';
import { WeightsDialog } from './weights.js';

/**
 * @typedef {import('../inceptionscope.js').Scope} Scope
 * @typedef {import('../inceptionscope.js').ModelInfo} ModelInfo
 */

/** The weights that come with the page, and the only network that they fit. */
const FLOWERS = { model: 'googlenet', url: 'weights/googlenet_flowers.safetensors' };
const SYNTHETIC = 'synthetic:1';
const TOP = 5;

class Page {
  constructor() {
    this.state = hash.read();
    /** @type {ModelInfo[]} */
    this.models = [];
    /** @type {Scope | null} */
    this.scope = null;
    /** @type {{ blob: Blob, name: string } | null} The photo that is shown, or that waits for its network. */
    this.photo = null;
    /** @type {File | null} Weights that a person gave. */
    this.file = null;
    /** @type {AbortController | null} */
    this.opening = null;
    /** @type {AbortController | null} */
    this.running = null;

    const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.photoView = new PhotoView(byId('photo'), {
      onPhoto: (blob, name) => this.usePhoto(blob, name),
      onWeights: (file) => this.useFile(file),
      onError: (message) => this.complain(message),
    });
    this.predictions = h('ol', { class: 'predictions', 'aria-labelledby': 'predictions-title' });
    this.predictionsNote = h('p', { class: 'muted small', text: t.predictionsNone });
    byId('predictions').append(h('h2', { id: 'predictions-title', text: t.predictions }), this.predictions, this.predictionsNote);
    this.predictions.append(...Array.from({ length: TOP }, () => h('li', { class: 'empty', 'aria-hidden': 'true' })));
    this.module = new ModuleView({ scale: this.state.scale, sort: this.state.sort, everyOp: false }, {
      onChannel: (node, channel) => this.showChannel(node, channel),
      onView: (view) => {
        Object.assign(this.state, { scale: view.scale, sort: view.sort });
        this.#remember();
        this.#refreshChannel();
      },
    });
    this.map = new NetworkMap(byId('network'), this.module, (index) => this.#moduleOpened(index));
    this.channel = new ChannelView(byId('channel'), {
      onChannel: (node, channel) => this.showChannel(node, channel),
      onClose: () => {
        const { node } = this.state;
        this.state.channel = '';
        this.module.select('', -1);
        this.#remember();
        const grid = this.module.ops.find((op) => op.node.id === node)?.grid.box;
        grid?.focus({ preventScroll: true });
      },
      scaleOf: (node, channel) => this.module.scaleOf(node, channel),
      seen: () => this.photoView.seen,
      onLink: () => this.#copyLink(),
    });
    this.weights = new WeightsDialog({
      onFile: (file) => this.useFile(file),
      onUse: (model, id) => this.choose({ model, variant: '', profile: '', weights: id }),
    });
    this.#buildControls(byId('controls'), byId('status'));
    addEventListener('hashchange', () => this.#restore());
  }

  /** @param {HTMLElement} controls @param {HTMLElement} status */
  #buildControls(controls, status) {
    controls.setAttribute('aria-label', t.controls);
    status.setAttribute('aria-label', t.status);
    const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {(value: string) => void} */ set) => {
      const select = h('select', { id, onchange: () => set(select.value) });
      const box = h('span', { class: 'field' }, h('label', { for: id, text: label }), select);
      controls.append(box);
      return { select, box };
    };
    this.modelField = field('model', t.network, (model) => this.choose({ model, variant: '', profile: '', weights: '' }));
    this.variantField = field('variant', t.variant, (variant) => this.choose({ variant, weights: '' }));
    this.weightsField = field('weights', t.weights, (weights) => {
      if (weights === 'choose') {
        this.#fillControls();
        this.weights.file.click();
      } else {
        this.choose({ weights });
      }
    });
    this.engineField = field('engine', t.engine, (engine) => this.choose({ engine }));
    this.engineField.select.append(...Object.entries(t.engines).map(([value, text]) => h('option', { value, text })));

    this.about = h('p', { class: 'about' });
    this.engineText = h('p', { class: 'engine muted' });
    this.progress = h('progress', { 'aria-label': t.loading, max: 1, value: 0 });
    this.progressText = h('span', { class: 'number' });
    this.cancelButton = h('button', { type: 'button', class: 'quiet', text: t.cancel, hidden: true, onclick: () => this.opening?.abort(new DOMException('cancelled', 'AbortError')) });
    this.stage = h('span', { role: 'status' });
    status.append(
      h('div', { class: 'about-row' }, this.about, h('button', { type: 'button', class: 'quiet', text: t.imagenet, onclick: () => this.weights.open() })),
      this.engineText,
      h('div', { class: 'progress-row' }, this.stage, this.progress, this.progressText, this.cancelButton));

    this.message = h('div', { class: 'message' });
    this.alert = h('div', { class: 'alert', role: 'alert' }, this.message,
      h('button', { type: 'button', class: 'icon', 'aria-label': t.close, onclick: () => this.#clearAlert(), text: '×' }));
    this.alert.classList.add('quiet-alert');
    document.body.append(this.alert);
  }

  async start() {
    this.#setStage(t.starting);
    try {
      this.models = await models();
    } catch (error) {
      this.#setStage('');
      this.complain(`${t.noRuntime} (${error instanceof Error ? error.message : error})`);
      return;
    }
    this.modelField?.select.append(...this.models.map((m) => h('option', { value: m.id, text: m.title })));
    if (!this.models.some((m) => m.id === this.state.model)) {
      this.complain(t.unknownModel(this.state.model, this.models.map((m) => m.title).join(', ')));
      Object.assign(this.state, { model: hash.DEFAULTS.model, variant: '', profile: '', weights: '', node: '', channel: '' });
    }
    if (this.state.weights === 'own') {
      this.complain(t.ownWeightsGone);
      this.state.weights = '';
    }
    this.#fillControls();
    await this.#open();
  }

  /** Weights of the state, as `open` takes them. */
  #weightsOf(state = this.state) {
    if (state.weights === 'own' && this.file) return this.file;
    if (state.weights) return state.weights;
    return state.model === FLOWERS.model && !state.variant ? FLOWERS.url : SYNTHETIC;
  }

  #fillControls() {
    const { state } = this;
    const model = this.models.find((m) => m.id === state.model);
    if (!model || !this.modelField || !this.variantField || !this.weightsField || !this.engineField) return;
    this.modelField.select.value = state.model;
    const variants = ['', ...model.variants];
    this.variantField.select.replaceChildren(...variants.map((v) => h('option', { value: v, selected: v === state.variant, text: v || t.variantPlain })));
    this.variantField.select.disabled = variants.length === 1;
    const flowers = state.model === FLOWERS.model && !state.variant;
    const chosen = this.#weightsOf();
    /** @type {[string, string][]} */
    const sources = [...(flowers ? [/** @type {[string, string]} */ (['', t.weightsFlowers])] : []), [flowers ? SYNTHETIC : '', t.weightsSynthetic]];
    if (chosen instanceof Blob) sources.push(['own', t.weightsOwn(this.file?.name ?? '')]);
    else if (state.weights && state.weights !== SYNTHETIC) sources.push([state.weights, state.weights.startsWith('synthetic:') ? `${t.weightsSynthetic} ${state.weights.slice(10)}` : t.weightsUrl(state.weights.split('/').at(-1) ?? '')]);
    sources.push(['choose', t.weightsFile]);
    this.weightsField.select.replaceChildren(...sources.map(([value, text]) => h('option', { value, text })));
    this.weightsField.select.value = sources.some(([value]) => value === state.weights) ? state.weights : '';
    this.engineField.select.value = state.engine;
  }

  /** A person chose something else. @param {Partial<import('./hash.js').State>} part */
  choose(part) {
    const before = { ...this.state };
    Object.assign(this.state, part);
    if (this.state.model !== before.model || this.state.variant !== before.variant) Object.assign(this.state, { node: '', channel: '' });
    this.#fillControls();
    return this.#open(before);
  }

  /** @param {File} file */
  async useFile(file) {
    const before = this.file;
    this.file = file;
    if (!(await this.choose({ weights: 'own', profile: '' }))) this.file = before;
  }

  /**
   * Opens the network of the state. What is shown stays until the new network is ready. Returns false if it failed.
   * @param {import('./hash.js').State} [before] what to go back to if it fails
   */
  async #open(before) {
    this.opening?.abort(new DOMException('superseded', 'AbortError'));
    const opening = new AbortController();
    this.opening = opening;
    const { state } = this;
    const weights = this.#weightsOf();
    this.#setStage(t.stages.download);
    if (this.cancelButton) this.cancelButton.hidden = !this.scope;
    /** @type {Scope | null} */
    let scope = null;
    try {
      const options = {
        model: state.model, variant: state.variant || null, profile: state.profile || null, weights,
        engine: /** @type {'auto' | 'gpu' | 'cpu'} */ (state.engine), signal: opening.signal,
        onProgress: (/** @type {import('../inceptionscope.js').Progress} */ progress) => {
          if (this.opening === opening) this.#showProgress(progress);
        },
      };
      // A person's file decides which network it is; one that fits none is held against the network shown.
      scope = typeof weights === 'string' ? await open(options)
        : await open({ ...options, model: null, variant: null }).catch(() => open(options));
      if (!this.scope) this.#show(scope); // nothing to lose: the network is there before its weights
      await scope.ready;
    } catch (error) {
      if (this.opening !== opening) return true;
      this.opening = null;
      this.#setStage('');
      if (scope && scope === this.scope) this.scope = null;
      if (before && this.scope) Object.assign(this.state, before);
      this.#fillControls();
      if (!opening.signal.aborted) this.complain(error instanceof Error ? error.message : String(error), this.scope !== null);
      scope?.dispose().catch(() => {});
      return false;
    }
    if (this.opening !== opening) {
      scope.dispose().catch(() => {});
      return true;
    }
    this.opening = null;
    const old = this.scope === scope ? null : this.scope;
    if (old) {
      this.running?.abort(new DOMException('superseded', 'AbortError'));
      this.#show(scope);
      old.dispose().catch(() => {});
    }
    this.#setStage(this.photo ? '' : t.ready);
    this.#remember();
    if (this.photo) await this.#run();
    else await this.#firstPhoto();
    return true;
  }

  /** @param {Scope} scope */
  #show(scope) {
    this.scope = scope;
    const { graph, engine } = scope;
    Object.assign(this.state, { model: graph.model, variant: graph.variant ?? '' });
    this.#fillControls();
    const weights = this.#weightsOf();
    if (this.about) setText(this.about, typeof weights !== 'string' ? t.aboutOwn : weights === FLOWERS.url ? t.aboutFlowers : weights.startsWith('synthetic:') ? t.aboutSynthetic : t.aboutFile(weights));
    if (this.engineText) setText(this.engineText, engine.why);
    this.map.setScope(scope);
    this.channel.close();
    this.#openFromState(graph);
  }

  /** Opens the module of the node in the address. @param {import('../inceptionscope.js').Graph} graph */
  #openFromState(graph) {
    const { node: id } = this.state;
    if (!id) return;
    const node = graph.nodes.find((n) => n.id === id);
    if (node) {
      this.map.open(node.module);
    } else {
      this.complain(t.unknownNode(id));
      Object.assign(this.state, { node: '', channel: '' });
    }
  }

  async #firstPhoto() {
    const { image } = this.state;
    if (image === 'own') this.complain(t.ownPhotoGone);
    const sample = SAMPLES.find((s) => s === image);
    if (sample) await this.photoView.useSample(sample);
    else if (!image) await this.photoView.useSample(SAMPLES[0]);
  }

  /** @param {Blob} blob @param {string} name a sample's, or `own` */
  async usePhoto(blob, name) {
    if (blob.type && !blob.type.startsWith('image/')) {
      this.complain(t.notAPhoto(blob.type), this.photo !== null);
      return;
    }
    const before = this.photo;
    this.photo = { blob, name };
    if (!this.scope || this.opening) return; // it runs when the network is ready
    if (!(await this.#run())) this.photo = before;
  }

  /** Runs the photo. Returns false if that failed and what was shown before stays. */
  async #run() {
    const { scope, photo } = this;
    if (!scope || !photo) return false;
    this.running?.abort(new DOMException('superseded', 'AbortError'));
    const running = new AbortController();
    this.running = running;
    this.#setStage(t.running);
    document.documentElement.classList.add('running');
    try {
      const result = await scope.run(photo.blob, { signal: running.signal });
      const input = scope.graph.nodes.find((n) => n.op === 'input');
      const seen = input ? await scope.activation(input.id) : null;
      if (this.running !== running || this.scope !== scope) return true;
      this.#clearAlert();
      if (seen) this.photoView.draw(seen, scope.graph.profile);
      this.photoView.mark(photo.name);
      this.state.image = photo.name;
      this.#remember();
      this.#showPredictions(result);
      this.#setStage(t.ran(result.timings.run ?? 0));
      await this.map.refresh();
      await this.#refreshChannel();
      return true;
    } catch (error) {
      if (running.signal.aborted) return true;
      this.#setStage('');
      this.complain(error instanceof Error ? error.message : String(error), this.state.image !== '');
      return false;
    } finally {
      if (this.running === running) {
        this.running = null;
        document.documentElement.classList.remove('running');
      }
    }
  }

  /** @param {import('../inceptionscope.js').Result} result */
  #showPredictions({ top }) {
    const untrained = String(this.#weightsOf()).startsWith('synthetic:');
    setText(this.predictionsNote, untrained ? t.predictionsUntrained : '');
    this.predictions.classList.toggle('untrained', untrained);
    this.predictions.replaceChildren(...top.slice(0, TOP).map(({ name, probability }) => h('li', { 'aria-label': t.prediction(name, probability) },
      h('span', { class: 'class', text: name }), h('span', { class: 'number', text: format.percent(probability) }), h('span', { class: 'gauge', style: `--p:${probability}` }))));
  }

  /** @param {number | null} index */
  #moduleOpened(index) {
    Object.assign(this.state, { node: index === null ? '' : this.scope?.graph.modules[index].output ?? '', channel: '' });
    this.channel.close();
    this.#remember();
  }

  /** @param {string} id @param {number} channel */
  async showChannel(id, channel) {
    const { scope } = this;
    const node = scope?.graph.nodes.find((n) => n.id === id);
    if (!scope || !node || !this.module.hasRun) return;
    Object.assign(this.state, { node: id, channel: String(channel) });
    this.#remember();
    this.module.select(id, channel);
    try {
      await this.channel.show(scope, node, channel, this.#placeInOutput(id, channel));
    } catch (error) {
      if (this.scope === scope) this.complain(error instanceof Error ? error.message : String(error), true);
    }
  }

  /** Which channel of its module's output a branch's channel is. @param {string} id @param {number} channel */
  #placeInOutput(id, channel) {
    const graph = this.scope?.graph;
    const node = graph?.nodes.find((n) => n.id === id);
    const module = node && graph?.modules[node.module];
    const output = graph?.nodes.find((n) => n.id === module?.output);
    if (!module || !output?.parts) return '';
    const part = output.parts.find((p) => p.node === id);
    if (part) return t.inOutput(module.label, part.from + channel);
    const from = id === output.id ? output.parts.find((p) => channel >= p.from && channel < p.to) : undefined;
    const source = graph?.nodes.find((n) => n.id === from?.node);
    return from && source && source.lane !== null ? t.part(module.lanes[source.lane].label, from.from, from.to, output.shape[0]) : '';
  }

  async #refreshChannel() {
    const { node, channel } = this.state;
    const at = Number(channel);
    const found = this.scope?.graph.nodes.find((n) => n.id === node);
    if (channel !== '' && found && Number.isInteger(at) && at >= 0 && at < found.shape[0]) await this.showChannel(node, at);
  }

  #remember() {
    hash.write(this.state);
  }

  /** The address was changed by hand, or by going back. */
  async #restore() {
    const before = this.state;
    const next = hash.read();
    this.state = next;
    const graph = this.scope?.graph;
    if (next.model !== before.model || next.variant !== before.variant || next.weights !== before.weights || next.profile !== before.profile || next.engine !== before.engine) {
      this.#fillControls();
      await this.#open(before);
    } else if (graph) {
      Object.assign(this.module.view, { scale: next.scale, sort: next.sort });
      this.channel.close();
      this.map.open(null);
      this.#openFromState(graph);
      if (next.image !== before.image) await this.#firstPhoto();
      else await this.#refreshChannel();
    }
  }

  async #copyLink() {
    this.#remember();
    try {
      await navigator.clipboard.writeText(location.href);
      this.#setStage(this.state.image === 'own' ? t.linkCopiedOwnPhoto : t.linkCopied);
    } catch {
      this.complain(location.href);
    }
  }

  /** @param {import('../inceptionscope.js').Progress} progress */
  #showProgress({ stage, loaded, total }) {
    if (!this.progress || !this.progressText || !this.stage) return;
    setText(this.stage, t.stages[stage]);
    this.progress.classList.add('on');
    if (stage === 'download') {
      if (total) this.progress.value = loaded / total;
      else this.progress.removeAttribute('value');
      setText(this.progressText, loaded ? t.loaded(loaded, total) : '');
    } else {
      this.progress.removeAttribute('value');
    }
  }

  /** @param {string} text */
  #setStage(text) {
    if (!this.stage || !this.progress || !this.progressText || !this.cancelButton) return;
    setText(this.stage, text);
    if (!this.opening) {
      this.progress.classList.remove('on');
      setText(this.progressText, '');
      this.cancelButton.hidden = true;
    }
  }

  /** Says what is wrong and what to do. @param {string} message @param {boolean} [kept] */
  complain(message, kept = false) {
    // What follows the first line is a list: every missing tensor of a weight file, for one.
    const [line, ...rest] = message.split('\n');
    // Names of files and networks keep their small letters.
    const first = line.replace(/^(a|it|no|nothing|the|this|tensor)\b/, (word) => word[0].toUpperCase() + word.slice(1));
    const sentence = /[.!?)]$/.test(first) ? first : `${first}.`;
    this.message?.replaceChildren(kept ? `${sentence} ${t.kept}` : sentence, rest.length ? h('details', {}, h('summary', { text: t.details(rest.length) }), h('pre', { text: rest.map((line) => line.trim()).join('\n') })) : '');
    this.alert?.classList.remove('quiet-alert');
  }

  #clearAlert() {
    this.message?.replaceChildren();
    this.alert?.classList.add('quiet-alert');
  }
}

document.title = t.title;
setText(/** @type {HTMLElement} */ (document.getElementById('tagline')), t.tagline);
const skip = /** @type {HTMLElement} */ (document.getElementById('skip'));
setText(skip, t.skip);
skip.addEventListener('click', (event) => {
  event.preventDefault(); // the fragment holds the page's state
  document.getElementById('network')?.focus();
});
new Page().start();
