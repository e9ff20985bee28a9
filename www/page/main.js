/** The page: what was chosen, what runs, what is shown. */

import { models, open } from '../inceptionscope.js';
import { t } from '../strings.js';
import { Camera } from './camera.js';
import { ChannelView } from './channel.js';
import { h, help, setText } from './dom.js';
import { CostsDialog } from './costs.js';
import * as hash from './hash.js';
import { NetworkMap } from './map.js';
import { ModuleView } from './network.js';
import * as offline from './offline.js';
import { PhotoView, SAMPLES } from './photo.js';
import { PredictionsView, softmax } from './predictions.js';
import { StorageDialog } from './storage.js';
import { TakeAway } from './takeaway.js';
import { Tour } from './tour.js';
import { TuningLine, choice as tuningChoice } from './tuning.js';
import { WeightsDialog } from './weights.js';

/**
 * @typedef {import('../inceptionscope.js').Scope} Scope
 * @typedef {import('../inceptionscope.js').ModelInfo} ModelInfo
 * @typedef {import('../inceptionscope.js').Crop} Crop
 *
 * @typedef {object} Photo
 * @property {string} name a sample's, an address, or `own`
 * @property {string} [file] the name of its file, if it is a person's
 * @property {() => Promise<Blob | ImageBitmap>} input what a run takes: a file, or what the camera sees now
 */

/** The weights that come with the page, and the only network that they fit. */
const FLOWERS = { model: 'googlenet', url: 'weights/googlenet_flowers.safetensors' };
const SYNTHETIC = 'synthetic:1';

class Page {
  constructor() {
    this.state = hash.read();
    /** @type {ModelInfo[]} */
    this.models = [];
    /** @type {Scope | null} */
    this.scope = null;
    /** The last network whose weights were all there: what stays when another can not be opened. @type {Scope | null} */
    this.kept = null;
    /** How it was chosen. @type {Partial<import('./hash.js').State>} */
    this.keptChoice = {};
    /** What is said of the last run. */
    this.ran = '';
    /** When the download began, and after how many bytes. */
    this.download = { since: 0, from: -1 };
    /** The last run's. @type {import('../inceptionscope.js').Result | null} */
    this.result = null;
    /** The photo that is shown, or that waits for its network. @type {Photo | null} */
    this.photo = null;
    /** @type {Camera | null} */
    this.camera = null;
    /** @type {File | null} Weights that a person gave. */
    this.file = null;
    /** @type {AbortController | null} */
    this.opening = null;
    /** @type {AbortController | null} */
    this.running = null;
    /** Whether the module, and the maps, that the address asks for are still to come into the window. */
    this.reveal = { module: false, maps: false };

    const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.photoView = new PhotoView(byId('photo'), {
      onPhoto: (blob, name) => this.usePhoto(blob, name),
      onWeights: (file) => this.useFile(file),
      onCrop: (crop) => this.useCrop(crop),
      onCamera: () => (this.camera ? this.#stopCamera() : this.#startCamera()),
      onError: (message) => this.complain(message),
    });
    this.predictions = new PredictionsView(byId('predictions'), (followed) => {
      this.state.class = followed === null ? '' : String(followed);
      this.#remember();
    });
    if (/^\d+$/.test(this.state.class)) this.predictions.followed = Number(this.state.class);
    this.module = new ModuleView({ scale: this.state.scale, sort: this.state.sort, filter: this.state.filter, everyOp: false }, {
      onChannel: (node, channel) => this.showChannel(node, channel),
      onView: (view) => {
        Object.assign(this.state, { scale: view.scale, sort: view.sort, filter: view.filter });
        this.#remember();
        this.#refreshChannel();
      },
    });
    this.takeAway = new TakeAway({
      link: () => {
        this.#remember();
        return { link: location.href, own: this.state.image === 'own' };
      },
      views: () => this.#views(),
      about: () => this.#about(),
    });
    this.map = new NetworkMap(byId('network'), this.module, (index) => this.#moduleOpened(index), h('span', { class: 'buttons' },
      h('button', { type: 'button', text: t.take.title, onclick: () => this.takeAway.open(this.scope, this.module.hasRun, this.state.node) }),
      h('button', { type: 'button', class: 'quiet', text: t.costs.title, onclick: () => this.costs.open(this.models) })));
    this.tourButton = h('button', { type: 'button', class: 'quiet', text: t.tour.start, onclick: () => this.tour.start() });
    byId('name').append(this.tourButton);
    this.tour = new Tour(byId('tour'), {
      scope: () => this.scope,
      open: (model) => this.choose({ model, variant: '', profile: '', weights: '' }),
      module: (id) => {
        const graph = this.scope?.graph;
        const index = graph?.modules.findIndex((m) => m.id === id) ?? -1;
        if (index >= 0 && this.map.opened !== index) this.map.open(index, true);
      },
      channel: (node, channel) => this.showChannel(node, channel),
      closeChannel: () => this.channel.isOpen && this.channel.close(true),
      largest: () => this.module.largest(),
      before: () => ({ title: this.models.find((m) => m.id === this.state.model)?.title ?? '', state: { ...this.state } }),
      closed: (before) => {
        this.tourButton.focus({ preventScroll: true });
        const { model, variant, profile, weights, node, channel, at } = before.state;
        const other = this.state.model !== model || this.state.variant !== variant || this.state.weights !== weights;
        if (other) this.#restore({ ...this.state, model, variant, profile, weights, node, channel, at });
      },
    });
    this.channel = new ChannelView(byId('channel'), {
      onChannel: (node, channel) => this.showChannel(node, channel),
      onPlace: (at) => {
        this.state.at = at ? `${at.row},${at.column}` : '';
        this.#remember();
      },
      onClose: () => {
        const { node } = this.state;
        Object.assign(this.state, { channel: '', at: '' });
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
    this.storage = new StorageDialog();
    this.costs = new CostsDialog();
    this.#buildControls(byId('controls'), byId('status'));
    addEventListener('hashchange', () => this.#restore(hash.read()));
  }

  /** @param {HTMLElement} controls @param {HTMLElement} status */
  #buildControls(controls, status) {
    controls.setAttribute('aria-label', t.controls);
    status.setAttribute('aria-label', t.status);
    const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {(value: string) => void} */ set, about = '') => {
      const select = h('select', { id, onchange: () => set(select.value) });
      const box = h('span', { class: 'field' }, h('span', { class: 'label-row' }, h('label', { for: id, text: label }), about ? help(t.help.about(label), about) : []), select);
      controls.append(box);
      return { select, box };
    };
    this.modelField = field('model', t.network, (model) => this.choose({ model, variant: '', profile: '', weights: '' }));
    this.variantField = field('variant', t.variant, (variant) => this.choose({ variant, weights: '' }), t.help.variant);
    this.profileField = field('profile', t.profile, (profile) => this.choose({ profile }), t.help.profile);
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
    this.tuning = new TuningLine();
    this.progress = h('progress', { 'aria-label': t.loading, max: 1, value: 0 });
    this.progressText = h('span', { class: 'number' });
    this.cancelButton = h('button', { type: 'button', class: 'quiet', text: t.cancel, hidden: true, onclick: () => this.opening?.abort(new DOMException('cancelled', 'AbortError')) });
    this.stage = h('span', { role: 'status' });
    status.append(
      h('div', { class: 'about-row' }, this.about, h('button', { type: 'button', class: 'quiet', text: t.imagenet, onclick: () => this.weights.open() }),
        h('button', { type: 'button', class: 'quiet', text: t.stored, onclick: () => this.storage.open() }), help(t.help.about(t.stored), t.help.stored)),
      this.engineText,
      this.tuning.box,
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
      Object.assign(this.state, { model: hash.DEFAULTS.model, variant: '', profile: '', weights: '', node: '', channel: '', at: '' });
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
    // What the file, the catalogue or the default says, by name once it is known; or another by hand.
    const shown = this.scope?.graph.model === state.model ? this.scope.graph.profile.id : '';
    const automatic = state.profile || !shown ? t.profileAutomatic : t.profileAutomaticIs(shown);
    this.profileField?.select.replaceChildren(h('option', { value: '', text: automatic }), ...model.profiles.map((p) => h('option', { value: p, selected: p === state.profile, text: p })));
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
    if (this.state.model !== before.model || this.state.variant !== before.variant) Object.assign(this.state, { node: '', channel: '', at: '' });
    this.#fillControls();
    return this.#open(before);
  }

  /** @param {File} file */
  async useFile(file) {
    if (/\.(txt|json)$/i.test(file.name)) {
      await this.#nameClasses(file);
      return;
    }
    const before = this.file;
    this.file = file;
    if (!(await this.choose({ weights: 'own', profile: '' }))) this.file = before;
  }

  /** Class names for the network that is open. @param {File} file */
  async #nameClasses(file) {
    try {
      const text = await file.text();
      if (text.includes('"weightsManifest"')) throw new Error(t.tfjsModel);
      const { scope } = this;
      if (!scope) return;
      await scope.nameClasses(text);
      this.predictions.setClasses(await scope.classes());
      await this.#run();
    } catch (error) {
      this.complain(`${file.name}: ${error instanceof Error ? error.message : error}`, this.photo !== null);
    }
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
    if (this.cancelButton) this.cancelButton.hidden = false;
    this.download = { since: performance.now(), from: -1 };
    /** @type {Scope | null} */
    let scope = null;
    let [predicted, late] = [false, false];
    try {
      const options = {
        model: state.model, variant: state.variant || null, profile: state.profile || null, weights,
        engine: /** @type {'auto' | 'gpu' | 'cpu'} */ (state.engine), signal: opening.signal,
        tune: tuningChoice(), onTune: (/** @type {import('../inceptionscope.js').Tuning} */ tuning) => this.tuning?.told(tuning),
        onProgress: (/** @type {import('../inceptionscope.js').Progress} */ progress) => {
          if (this.opening === opening) this.#showProgress(progress);
        },
      };
      // A person's file decides which network it is; one that fits none is held against the network shown.
      scope = typeof weights === 'string' ? await open(options)
        : await open({ ...options, model: null, variant: null }).catch(() => open(options));
      if (this.opening !== opening) throw new DOMException('superseded', 'AbortError');
      // The network is there before its weights: its modules fill in as they come.
      this.running?.abort(new DOMException('superseded', 'AbortError'));
      this.#show(scope);
      const first = (this.photo ? this.#run() : this.#firstPhoto()).then(() => { predicted = true; });
      await scope.ready;
      late = predicted;
      await first;
    } catch (error) {
      scope?.dispose().catch(() => {});
      if (this.opening !== opening) return true;
      this.opening = null;
      const { kept } = this;
      const message = error instanceof Error ? error.message : String(error);
      if (!kept && before && !opening.signal.aborted) {
        // What was chosen before had not arrived yet either: it is fetched again.
        Object.assign(this.state, before);
        await this.#open();
        this.complain(message, this.kept !== null);
        return false;
      }
      if (kept) Object.assign(this.state, before, this.keptChoice);
      if (this.scope !== kept) {
        this.running?.abort(new DOMException('superseded', 'AbortError'));
        this.scope = kept;
        if (kept) this.#show(kept);
        await this.#run();
      }
      this.#setStage(kept ? this.ran : opening.signal.aborted ? t.cancelled : '');
      this.#fillControls();
      if (!opening.signal.aborted) this.complain(message, kept !== null);
      return false;
    }
    if (this.opening !== opening) {
      scope.dispose().catch(() => {});
      return true;
    }
    this.opening = null;
    this.kept?.dispose().catch(() => {});
    this.kept = scope;
    this.keptChoice = { model: state.model, variant: state.variant, weights: state.weights, profile: state.profile, engine: state.engine };
    this.#setStage(this.photo ? this.ran : t.ready);
    this.#remember();
    // Auxiliary heads come after the prediction.
    if (late && this.photo) {
      if (this.result) this.predictions.showHeads(this.result, await this.#heads(scope));
      await this.map.refresh();
    }
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
    this.profileField?.select.setAttribute('title', t.profileAbout(graph.profile));
    this.module.untrained = typeof weights === 'string' && weights.startsWith('synthetic:');
    this.module.asked = this.#asks;
    this.map.setScope(scope);
    scope.classes().then((names) => { if (this.scope === scope) this.predictions.setClasses(names); }, () => {});
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
      // A person who is asked for the photo has to see that first.
      this.reveal = { module: this.#asks, maps: this.state.channel !== '' };
      if (!this.#asks) this.map.reveal(node.module);
    } else {
      this.complain(t.unknownNode(id));
      Object.assign(this.state, { node: '', channel: '', at: '' });
    }
  }

  async #firstPhoto() {
    const { image } = this.state;
    if (image === 'own') this.photoView.ask(this.state.photo, this.#waiting());
    const sample = SAMPLES.find((s) => s === image);
    if (sample) await this.photoView.useSample(sample);
    else if (URL.canParse(image)) await this.photoView.useAddress(image);
    else if (!image) await this.photoView.useSample(SAMPLES[0]);
  }

  /** Whether what is shown waits for a photo that only the person has. */
  get #asks() {
    return this.state.image === 'own' && this.photo === null;
  }

  /** What waits for the photo. */
  #waiting() {
    const { node: id, channel, at } = this.state;
    const graph = this.scope?.graph;
    const node = graph?.nodes.find((n) => n.id === id);
    if (!graph || !node) return '';
    const place = hash.numbers(at, 2);
    return channel ? t.asked.channel(id, channel) + (place ? t.asked.at(place) : '') : t.asked.module(graph.modules[node.module].label);
  }

  /**
   * @param {Blob} blob
   * @param {string} name a sample's, an address, or `own`
   * @param {string} [crop] another photo begins whole; the one that the address asks for, with the part that it asks for
   */
  async usePhoto(blob, name, crop = this.photo || name !== this.state.image ? '' : this.state.crop) {
    if (blob.type && !blob.type.startsWith('image/')) {
      this.complain(t.notAPhoto(blob.type), this.photo !== null);
      return;
    }
    this.#endCamera();
    const before = { photo: this.photo, crop: this.state.crop };
    const photo = { name, file: blob instanceof File ? blob.name : '', input: async () => blob };
    this.photo = photo;
    this.state.crop = crop;
    createImageBitmap(blob).then((bitmap) => {
      if (this.photo === photo) this.photoView.frame.setPhoto(bitmap);
    }, () => {}); // the runtime says what is wrong with it
    if (!this.scope) return; // it runs when the network is known
    if (await this.#run()) return;
    this.photo = before.photo;
    this.state.crop = before.crop;
  }

  /** A part of the photo, or what the profile takes. @param {Crop | null} crop */
  useCrop(crop) {
    this.state.crop = crop ? [crop.x, crop.y, crop.size].join() : '';
    this.#remember();
    if (!this.camera && this.scope) return this.#run();
  }


  async #startCamera() {
    const camera = new Camera();
    this.camera = camera;
    this.photoView.showCamera(true);
    try {
      await camera.start(() => this.#stopCamera());
    } catch (error) {
      this.#endCamera();
      this.complain(error instanceof Error ? error.message : String(error), this.photo !== null);
      return;
    }
    this.state.crop = '';
    this.photoView.frame.setPhoto(camera.video);
    this.photo = { name: 'own', input: () => camera.frame() };
    // As fast as the engine and the screen are; a hidden page waits.
    while (this.camera === camera) {
      await new Promise(requestAnimationFrame);
      const start = performance.now();
      if (this.scope && !this.opening && !(await this.#run(() => t.camera.live(performance.now() - start)))) return this.#stopCamera();
    }
  }

  /** Ends the camera; its last picture stays as a photo. */
  async #stopCamera() {
    const still = this.camera?.video.videoWidth ? await this.camera.still() : null;
    const { crop } = this.state;
    this.#endCamera();
    if (!still) return;
    await this.usePhoto(still, 'own', crop);
  }

  #endCamera() {
    if (!this.camera) return;
    this.camera.stop();
    this.camera = null;
    this.photoView.showCamera(false);
  }

  /**
   * Runs the photo. Returns false if that failed and what was shown before stays.
   * @param {() => string} [said] what is said after it, instead of how long it took
   */
  async #run(said) {
    const { scope, photo } = this;
    if (!scope || !photo) return false;
    this.running?.abort(new DOMException('superseded', 'AbortError'));
    const running = new AbortController();
    this.running = running;
    if (!said) {
      if (!this.opening) this.#setStage(t.running);
      document.documentElement.classList.add('running');
    }
    /** @type {Promise<void> | null} */
    let taken = null;
    try {
      const [x, y, size] = hash.numbers(this.state.crop, 3) ?? [];
      const crop = size > 0 ? { x, y, size } : undefined;
      const result = await scope.run(await photo.input(), {
        crop,
        signal: running.signal,
        onNode: (node) => {
          if (this.running !== running || this.scope !== scope) return;
          // Of a run that waits for weights, each value is shown when it is there; of any other, all at once.
          if (!this.opening) return;
          taken ??= this.#taken(scope, photo);
          this.map.arrived(node);
        },
      });
      if (this.running !== running || this.scope !== scope) return true;
      await (taken ?? this.#taken(scope, photo));
      if (result.seen) this.photoView.setSeen(result.seen, crop !== undefined, scope.graph.input);
      this.result = result;
      await this.#showResult(scope);
      this.ran = t.ran(result.timings.run ?? 0);
      if (!this.opening) this.#setStage(said?.() ?? this.ran);
      await this.map.refresh();
      await this.#refreshChannel();
      this.#revealOnce();
      await this.tuning?.show(scope);
      return true;
    } catch (error) {
      // What breaks a download off is said once, by whoever waits for it; a network that was given up ends its run.
      const givenUp = error instanceof DOMException && error.name === 'AbortError';
      if (running.signal.aborted || givenUp || (this.opening && taken)) return true;
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

  /** What an address asks for comes into the window once: after that, a person scrolls. */
  #revealOnce() {
    const { reveal, map: { opened } } = this;
    this.reveal = { module: false, maps: false };
    if (opened === null) return;
    if (reveal.module) this.map.reveal(opened);
    if (reveal.maps) this.map.reveal(opened, this.state.node);
  }

  /** The network has taken a photo. @param {Scope} scope @param {Photo} photo */
  async #taken(scope, { name, file = '' }) {
    this.#clearAlert();
    if (this.opening) this.predictions.wait(); // those of another network are not this one's
    this.photoView.mark(name);
    Object.assign(this.state, { image: name, photo: name === 'own' ? file : '' });
    this.#remember();
    const input = scope.graph.nodes.find((n) => n.op === 'input');
    const seen = input ? await scope.activation(input.id).catch(() => null) : null;
    if (seen && this.scope === scope) this.photoView.draw(seen, scope.graph.profile);
  }

  /** @param {Scope} scope */
  async #showResult(scope) {
    const heads = await this.#heads(scope);
    if (this.result && this.scope === scope) this.predictions.show(this.result, heads, String(this.#weightsOf()).startsWith('synthetic:'));
  }

  /** What the auxiliary heads say, where the weights have them. @param {Scope} scope @returns {Promise<import('./predictions.js').Head[]>} */
  async #heads(scope) {
    const heads = [];
    for (const { label, kind, output } of scope.graph.modules) {
      if (kind !== 'auxiliary') continue;
      const logits = await scope.activation(output).catch(() => null);
      if (logits) heads.push({ label, probabilities: softmax(logits.data) });
    }
    return heads;
  }

  /** What can be taken away as a picture now. */
  #views() {
    const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    const { panel, index } = this.module;
    return [
      ...(panel ? [{ id: this.scope?.graph.modules[index].id ?? 'module', title: this.scope?.graph.modules[index].label ?? '', element: panel, whole: () => Promise.all(this.module.ops.map((op) => op.grid.whole())) }] : []),
      ...(this.channel.isOpen ? [{ id: `${this.state.node}.${this.state.channel}`, title: t.channelOf(this.state.node, Number(this.state.channel)), element: byId('channel') }] : []),
      { id: 'predictions', title: t.predictions, element: byId('predictions') },
      { id: 'network', title: t.theNetwork, element: this.map.list },
    ];
  }

  /** What is shown, for the head of a file. @returns {Record<string, string>} */
  #about() {
    const weights = this.#weightsOf();
    const { model = '', variant = null, profile } = this.scope?.graph ?? {};
    return {
      model: variant ? `${model}:${variant}` : model, weights: typeof weights === 'string' ? weights : weights.name, profile: profile?.id ?? '',
      engine: this.scope?.engine.engine ?? '', image: this.state.image, crop: this.state.crop,
    };
  }

  /** @param {number | null} index */
  #moduleOpened(index) {
    Object.assign(this.state, { node: index === null ? '' : this.scope?.graph.modules[index].output ?? '', channel: '', at: '' });
    this.channel.close();
    this.#remember();
  }

  /** @param {string} id @param {number} channel */
  async showChannel(id, channel) {
    const { scope } = this;
    const node = scope?.graph.nodes.find((n) => n.id === id);
    if (!scope || !node || !this.module.hasRun) return;
    // The value that is read stays for the other channels of the same maps.
    Object.assign(this.state, { node: id, channel: String(channel), at: id === this.state.node ? this.state.at : '' });
    const [row, column] = this.state.at.split(',').map(Number);
    this.#remember();
    this.module.select(id, channel);
    try {
      await this.channel.show(scope, node, channel, this.#placeInOutput(id, channel), row >= 0 && column >= 0 ? { row, column } : null);
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

  /** Shows something else: the address was changed by hand, or by going back, or the tour has ended. @param {import('./hash.js').State} next */
  async #restore(next) {
    const before = this.state;
    this.state = next;
    const graph = this.scope?.graph;
    if (next.model !== before.model || next.variant !== before.variant || next.weights !== before.weights || next.profile !== before.profile || next.engine !== before.engine) {
      this.#fillControls();
      await this.#open(before);
    } else if (graph) {
      Object.assign(this.module.view, { scale: next.scale, sort: next.sort, filter: next.filter });
      this.predictions.follow(/^\d+$/.test(next.class) ? Number(next.class) : null, false);
      this.channel.close();
      this.map.open(null);
      this.#openFromState(graph);
      if (next.image !== before.image) {
        this.photo = null;
        await this.#firstPhoto();
      } else if (next.crop !== before.crop) await this.#run();
      else await this.#refreshChannel();
    }
  }

  /** What is to be said of it. */
  async #copyLink() {
    this.#remember();
    try {
      await navigator.clipboard.writeText(location.href);
      return this.state.image === 'own' ? t.linkCopiedOwnPhoto : t.linkCopied;
    } catch {
      this.takeAway.open(this.scope, this.module.hasRun, this.state.node);
      this.takeAway.selectLink();
      return '';
    }
  }

  /** @param {import('../inceptionscope.js').Progress} progress */
  #showProgress({ stage, loaded, total, from, unkept, modules }) {
    if (!this.progress || !this.progressText || !this.stage) return;
    const { download } = this;
    // What was kept of an earlier visit comes at once, and says nothing about what is to come.
    if (download.from < 0 && loaded > from) Object.assign(download, { since: performance.now(), from: loaded });
    const seconds = (performance.now() - download.since) / 1000;
    const rate = download.from >= 0 && seconds > 1 ? (loaded - download.from) / seconds || null : null;
    const left = total && rate ? (total - loaded) / rate : null;
    this.map.progress(modules, stage === 'download' ? rate : null);
    setText(this.stage, unkept ? `${t.stages[stage]} ${t.unkept}` : t.stages[stage]);
    this.progress.classList.add('on');
    if (stage === 'download' || stage === 'reconnect') {
      if (total) this.progress.value = loaded / total;
      else this.progress.removeAttribute('value');
      setText(this.progressText, loaded ? t.loaded(loaded, total, stage === 'download' ? left : null) : '');
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
offline.prepare(/** @type {HTMLElement} */ (document.getElementById('status')));
new Page().start();
