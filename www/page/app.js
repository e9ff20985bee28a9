/** The page: what was chosen, which network is open, what is shown of it. */

import { keptOf } from './against.js';
import { OWN, SYNTHETIC, choiceOf, isUntrained } from './choice.js';
import { agree } from './consent.js';
import { recovered, sentence } from './faults.js';
import { areClassNames, weightsOfFiles } from './files.js';
import { firstPhoto } from './first.js';
import { nodeOf, placeInOutput } from './graph.js';
import * as hash from './hash.js';
import * as own from './own.js';
import { inPieces } from './pieces.js';
import { restore } from './places.js';
import { Figure } from './publish/figure.js';
import { sourceOf } from './publish/source.js';
import { DEFAULTS } from './publish/spec.js';
import { questionIn } from './question.js';
import { build } from './layout.js';
import { SAMPLES, knownOf } from './panels/photo.js';
import { headsOf } from './panels/predictions.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').ModelInfo} ModelInfo
 * @typedef {import('../inceptionscope.js').Prediction} Prediction
 * @typedef {import('./choice.js').Choice} Choice
 * @typedef {import('./graph.js').Graph} Graph
 * @typedef {import('./graph.js').Scope} Scope
 * @typedef {import('./hash.js').State} State
 */

export class App {
  constructor() {
    this.state = hash.read();
    hash.reached();
    /** @type {ModelInfo[]} */
    this.models = [];
    /** Whether the module, and the maps, that the address asks for are still to come into the window. */
    this.reveal = { module: false, maps: false };
    /** Whether what is written to the address next is a step that the browser's Back undoes. */
    this.step = false;
    /** Whether random weights stand in for those that the visitor refused. */
    this.cancelled = false;
    /** Resolves when it is known what classes the network has. @type {Promise<void>} */
    this.naming = Promise.resolve();
    /** The visitor's own photo, from before the page was opened in this language. @type {Blob | null} */
    this.handed = null;
    /** Its parts: there once it is built. @type {import('./layout.js').Panels} */
    this.panels = /** @type {any} */ (null);
  }

  /** Makes the parts of the page, before which there is nothing to be asked for. */
  async build() {
    this.panels = await inPieces(build(this));
    this.panels.predictions.followed = hash.numbers(this.state.class, 1)?.[0] ?? null;
    addEventListener('hashchange', () => restore(this, hash.read()));
  }

  /** The network that is shown. @returns {Scope | null} */
  get scope() {
    return this.panels.opener.scope;
  }

  /** @returns {Graph | undefined} */
  get graph() {
    return this.scope?.graph;
  }

  /** @returns {Choice} */
  get choice() {
    return choiceOf(this.state, this.panels.opener.state.choice?.file);
  }

  /** @param {unknown} error @param {boolean} [unchanged] what was shown before is still there */
  complain(error, unchanged = false) {
    this.panels.alert.complain(error, unchanged);
  }

  // What is open

  /** @param {Partial<Choice>} part @returns {Promise<boolean>} whether it was not refused */
  choose(part) {
    const { model, variant } = this.state;
    const choice = { ...this.choice, ...('weights' in part ? { file: null } : {}), ...part };
    if ('weights' in part) Object.assign(this.state, { why: '', trust: '' }); // its classes are others
    agree(choice.weights);
    // Back leads to the network before; there is none before the first.
    this.step = this.scope !== null;
    this.cancelled = false;
    if (choice.model !== model || choice.variant !== variant) {
      const compare = keptOf(this.state.compare);
      Object.assign(this.state, hash.NOWHERE, { changes: '', why: '', trust: '', circuit: '', kernels: '', compare });
    }
    this.select(choice);
    return this.panels.opener.choose(choice);
  }

  /** Puts a choice into the address and the controls. @param {Choice} choice */
  select(choice) {
    const { file, ...address } = choice;
    const same = file !== null && file.name === this.state.file;
    Object.assign(this.state, address, { file: file?.name ?? '', fileId: same ? this.state.fileId : '' });
    this.panels.controls.show(choice, this.scope);
  }

  /**
   * Weights, which may be several files, or names of the classes of the network that is shown.
   * @param {File[]} files
   * @returns {Promise<unknown>}
   */
  async useFiles(files) {
    if (areClassNames(files)) return this.#nameClasses(files[0]);
    try {
      return await this.choose({ weights: OWN, profile: '', file: await weightsOfFiles(files) });
    } catch (error) {
      this.complain(`${files[0].name}: ${sentence(error)}`, this.scope !== null);
    }
  }

  /** @param {File} file */
  async #nameClasses(file) {
    const { runner } = this.panels;
    try {
      const text = await file.text();
      const { scope } = this;
      if (!scope) return;
      await scope.nameClasses(text);
      await this.#learnClasses(scope);
      await runner.run();
    } catch (error) {
      this.complain(`${file.name}: ${sentence(error)}`, runner.photo !== null);
    }
  }

  /** What classes the network has, and which samples are of them. @param {Scope} scope */
  async #learnClasses(scope) {
    const names = await scope.classes().catch(() => null);
    if (!names || this.scope !== scope) return;
    const { predictions, photo, module } = this.panels;
    predictions.setClasses(names);
    photo.setKnown(module.untrained ? SAMPLES : knownOf(names));
  }

  /** A network is there, maybe before its weights, or again. @param {Scope} scope @param {Choice} choice */
  async show(scope, choice) {
    const { runner, status, module, map, channel, opener } = this.panels;
    runner.abort();
    this.panels.compare.comparison.leave(); // what the address asks for is compared again
    const { why, trust } = this.state;
    this.panels.asking.ask(null);
    Object.assign(this.state, { why, trust });
    this.select(choice);
    status.show(choice, scope.engine);
    module.untrained = isUntrained(choice);
    module.asked = this.asks;
    map.setScope(scope);
    this.#warn();
    this.naming = this.#learnClasses(scope);
    channel.close();
    this.openFromState(scope.graph);
    this.panels.likes.restore(this.state.likes);
    if (!opener.isBusy) await runner.run();
  }

  /** A network is there with all its weights, or the attempt has ended. */
  settle() {
    const {
      status,
      runner,
      opener: {
        state: { phase, shown },
      },
    } = this.panels;
    const { cancelled } = this;
    if (phase === 'idle' && !isUntrained(this.choice)) {
      // Whoever wants no weights yet can look at the network all the same.
      this.choose({ weights: SYNTHETIC, profile: '' });
      this.cancelled = true;
      return;
    }
    this.cancelled = false;
    if (shown && cancelled) status.end(t.loading.instead);
    else if (shown && runner.photo) status.end('', runner.took);
    else if (shown) status.end(t.loading.ready);
    else status.end(phase === 'idle' ? t.loading.cancelled : '');
    if (phase === 'ready') {
      this.remember();
      this.keepOwn();
    }
    this.step = false;
    this.#evaluateFromState();
    if (shown) {
      this.panels.circuit.restore(this.state.circuit);
      this.panels.kernels.restore(this.state.kernels);
    }
    this.panels.publish.refresh();
    this.#warn();
  }

  /** Keeps what only the visitor has, and names it in the address. */
  async keepOwn() {
    const { runner } = this.panels;
    const { file } = this.choice;
    const photo = await runner.own();
    const [photoId, fileId] = await Promise.all([
      photo ? own.keep('photo', photo) : '',
      file ? own.keep('weights', file) : '',
    ]);
    // Another may have been chosen meanwhile.
    if (photo && photo === (await runner.own()) && this.state.image === 'own') this.remember({ photoId });
    if (file && file === this.choice.file) this.remember({ fileId });
  }

  /** Says what is worth knowing about the weights. */
  async #warn() {
    const { scope } = this;
    const warnings = (await scope?.warnings().catch(() => [])) ?? [];
    if (this.scope !== scope) return;
    const { setup, status } = this.panels;
    status.warn(warnings.map((warning) => sentence(warning)));
    if (warnings.length) setup.unfold();
  }

  /** What was lost is there again. @param {import('../inceptionscope.js').Recovery} recovery */
  recovered(recovery) {
    const { scope } = this;
    if (scope) this.panels.status.show(this.choice, scope.engine);
    this.panels.alert.tell(recovered(recovery));
  }

  // Its photo and what comes of it

  /** Whether what is shown waits for a photo that only the visitor has. */
  get asks() {
    return this.state.image === 'own' && this.panels.runner.photo === null && !this.handed;
  }

  /** A part of the photo, or what the profile takes. @param {import('../inceptionscope.js').Crop | null} crop */
  useCrop(crop) {
    const { runner } = this.panels;
    this.remember({ crop: crop ? [crop.x, crop.y, crop.size].join() : '' });
    if (!runner.camera) runner.run();
  }

  /** The network has taken a photo. @param {Scope} scope @param {import('./runner.js').Photo} taken */
  async taken(scope, { name, file }) {
    const { alert, opener, predictions, photo } = this.panels;
    alert.clear();
    if (opener.isBusy) predictions.wait(); // those of another network are not this one's
    photo.mark(name);
    this.remember({ image: name, photo: name === 'own' ? file : '', ...(name === 'own' ? {} : { photoId: '' }) });
    if (name === 'own') this.keepOwn();
    const input = scope.graph.nodes.find((n) => n.op === 'input');
    const seen = input ? await scope.activation(input.id).catch(() => null) : null;
    if (seen && this.scope === scope) photo.draw(seen, scope.graph.profile);
  }

  /**
   * @param {Scope} scope
   * @param {Prediction} result
   * @param {Prediction | null} before without changes, if there are any
   */
  async showResult(scope, result, before) {
    const heads = await headsOf(scope);
    if (this.scope !== scope) return;
    const { asking, module, predictions, runner } = this.panels;
    predictions.show(result, heads, module.untrained, before, runner.camera !== null);
    if (asking.question) asking.changed(runner.camera !== null);
    else this.#askFromState(scope);
    await this.panels.compare.ran(result);
    this.#evaluateFromState();
  }

  /** Evaluates what the address asks for, once the network and an answer are there, whichever comes last. */
  #evaluateFromState() {
    const { evaluating, opener, runner } = this.panels;
    const { evaluate } = this.state;
    if (evaluate && runner.result && !opener.isBusy && !evaluating.element.open) evaluating.open(evaluate);
  }

  /** What the address asks about the answer. @param {Scope} scope */
  #askFromState({ graph }) {
    const asked = questionIn(this.state.why);
    if (!asked) return;
    const known = [asked.target, asked.rather ?? 0].every((target) => target < graph.classes);
    if (known) this.panels.asking.ask(asked, this.state.trust).then(() => this.panels.publish.refresh());
    else this.complain(t.page.unknownQuestion(this.state.why));
  }

  /** The prediction is shown: maps follow. @param {Scope} scope */
  async shown(scope) {
    const { map, runner, status } = this.panels;
    await map.refresh(runner.camera !== null);
    await this.refreshChannel();
    if (this.state.publish && !this.panels.publish.isOpen) this.panels.publish.open(this.state.publish);
    else this.panels.publish.refresh();
    // What an address asks for comes into the window once: after that, the visitor scrolls.
    const { reveal } = this;
    this.reveal = { module: false, maps: false };
    if (map.opened !== null && reveal.module) map.reveal(map.opened);
    if (map.opened !== null && reveal.maps) map.reveal(map.opened, this.state.node);
    this.panels.likes.ran();
    await status.tuning.show(scope);
  }

  /** Auxiliary heads come after the prediction. @param {Scope} scope */
  async showLate(scope) {
    const { predictions, runner, map } = this.panels;
    if (!runner.photo) return;
    predictions.showHeads(await headsOf(scope));
    await map.refresh();
  }

  // What is looked at

  /** Opens the module of the node in the address. @param {Graph} graph */
  openFromState(graph) {
    const { map } = this.panels;
    const { node: id } = this.state;
    if (!id) return;
    const node = nodeOf(graph, id);
    if (!node) {
      this.panels.alert.tell(t.page.unknownNode(id));
      Object.assign(this.state, hash.NOWHERE);
      return;
    }
    map.open(node.module);
    // Whoever is asked for the photo has to see that first.
    this.reveal = { module: this.asks, maps: this.state.channel !== '' };
    if (!this.asks) map.reveal(node.module);
  }

  /** A module of the figure, or an op of it, was chosen. @param {number | null} index @param {string} node */
  openInFigure(index, node) {
    const { map } = this.panels;
    if (index !== map.opened) map.open(index, true);
    if (index !== null && node) map.reveal(index, node);
  }

  /** @param {number | null} index */
  moduleOpened(index) {
    this.panels.channel.close();
    if (index === null) this.panels.likes.stop();
    this.step = true;
    this.remember({ ...hash.NOWHERE, node: index === null ? '' : (this.graph?.modules[index].output ?? '') });
  }

  /** @param {string} id @param {number} channel @param {boolean} [byHand] the focus goes into the panel when it opens */
  async showChannel(id, channel, byHand = false) {
    const {
      scope,
      panels: { module, channel: panel },
    } = this;
    const opens = byHand && !panel.isOpen;
    const node = nodeOf(this.graph, id);
    if (!scope || !node || !module.hasRun) return;
    // Back closes a channel; from one to the next of the same maps is no step.
    this.step ||= this.state.channel === '' || id !== this.state.node;
    // The value that is read stays for the other channels of the same maps.
    this.remember({ node: id, channel: String(channel), at: id === this.state.node ? this.state.at : '' });
    const [row, column] = hash.numbers(this.state.at, 2) ?? [-1, -1];
    module.select(id, channel);
    try {
      const at = row >= 0 && column >= 0 ? { row, column } : null;
      await panel.show(scope, node, channel, this.#placeOf(id, channel), at);
      if (opens && panel.isOpen) panel.focus();
    } catch (error) {
      if (this.scope === scope) this.complain(error, true);
    }
  }

  /** Where a channel is in its module's output. @param {string} id @param {number} channel */
  #placeOf(id, channel) {
    const place = this.graph ? placeInOutput(this.graph, id, channel) : null;
    if (!place) return '';
    if ('module' in place) return t.channel.inOutput(place.module.label, place.channel);
    return t.module.part(place.lane.label, place.part.from, place.part.to, place.channels);
  }

  channelClosed() {
    const { module } = this.panels;
    module.select('', -1);
    module.ops.find((op) => op.node.id === this.state.node)?.grid.box.focus({ preventScroll: true });
    this.step = true;
    this.remember({ channel: '', at: '' });
  }

  /** Its values have changed. */
  async refreshChannel() {
    const { node, channel } = this.state;
    const at = Number(channel);
    const shape = nodeOf(this.graph, node)?.shape;
    if (channel !== '' && shape && Number.isInteger(at) && at >= 0 && at < shape[0]) await this.showChannel(node, at);
  }

  // The address

  /** @param {Partial<State>} [part] what has changed */
  remember(part = {}) {
    Object.assign(this.state, part);
    hash.write(this.state, this.step);
    this.step = false;
  }

  /** Makes a figure of what is looked at. */
  openPublish() {
    const { node, channel, scale } = this.state;
    const layout = !node ? 'network' : channel ? 'together' : 'lanes';
    this.panels.publish.open({ layout, node, channel: Number(channel), colours: scale });
  }

  /**
   * Saves a figure as an image, without asking.
   * @param {Partial<import('./publish/spec.js').Spec>} spec
   * @returns {Promise<string>} what is to be said
   */
  async saveFigure(spec) {
    const source = sourceOf(this);
    return source
      ? (await Figure.make(source, { ...DEFAULTS, colours: this.state.scale, ...spec })).save('png')
      : t.publish.needsRun;
  }

  openExport() {
    this.panels.exporting.open(this.scope, this.panels.module.hasRun, this.state.node);
  }

  /** A link to exactly what is shown. */
  link() {
    this.remember();
    return { link: location.href, own: this.state.image === 'own' };
  }

  /** What is to be said of it. */
  async copyLink() {
    const { link, own } = this.link();
    try {
      await navigator.clipboard.writeText(link);
      return own ? t.export.linkCopiedOwnPhoto : t.export.linkCopied;
    } catch {
      this.openExport();
      this.panels.exporting.selectLink();
      return '';
    }
  }
}
