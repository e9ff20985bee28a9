/** The choice of network, variant, profile, weights and engine. */

import { FLOWERS, IMAGENET, SYNTHETIC, flowersFit, isUntrained, weightsOf } from '../choice.js';
import { h, help } from '../dom.js';
import { t } from '../words.js';

/**
 * @typedef {import('../../inceptionscope.js').ModelInfo} ModelInfo
 * @typedef {import('../choice.js').Choice} Choice
 * @typedef {import('../graph.js').Scope} Scope
 *
 * @typedef {object} Callbacks
 * @property {(part: Partial<Choice>) => void} onChoose
 * @property {() => void} onFile a weight file is to be chosen
 * @property {(line: string) => void} onLine what is chosen, on one line
 */

/** The option that asks for a file. */
const CHOOSE = 'choose';

export class Controls {
  /**
   * @param {HTMLElement} host
   * @param {Callbacks} callbacks
   */
  constructor(host, { onChoose, onFile, onLine }) {
    this.host = host;
    this.onLine = onLine;
    this.model = this.#field('model', t.controls.network, (model) =>
      onChoose({ model, variant: '', profile: '', weights: '' }),
    );
    this.variant = this.#field(
      'variant',
      t.controls.variant,
      (variant) => onChoose({ variant, weights: '' }),
      t.help.variant,
    );
    this.profile = this.#field('profile', t.controls.profile, (profile) => onChoose({ profile }), t.help.profile);
    this.weights = this.#field('weights', t.controls.weights, (weights) => {
      if (weights !== CHOOSE) return onChoose({ weights });
      this.weights.value = this.chosen;
      onFile();
    });
    /** The weights that are chosen, as an option. */
    this.chosen = '';
    this.engine = this.#field('engine', t.controls.engine, (engine) => onChoose({ engine }));
    this.engine.append(...Object.entries(t.controls.engines).map(([value, text]) => h('option', { value, text })));
  }

  /** @param {string} id @param {string} label @param {(value: string) => void} set @param {string} [about] */
  #field(id, label, set, about) {
    const select = h('select', { id, onchange: () => set(select.value) });
    const name = h(
      'span',
      { class: 'label-row' },
      h('label', { for: id, text: label }),
      about ? help(t.help.about(label), about) : [],
    );
    this.host.append(h('span', { class: 'field' }, name, select));
    return select;
  }

  /** @param {ModelInfo[]} models */
  setModels(models) {
    this.models = models;
    this.model.replaceChildren(...models.map((m) => h('option', { value: m.id, text: m.title })));
  }

  /** @param {Choice} choice @param {Scope | null} scope of the network that is shown */
  show(choice, scope) {
    const graph = scope?.graph;
    const model = this.models?.find((m) => m.id === choice.model);
    if (!model) return;
    const option = (/** @type {string} */ value, /** @type {string} */ text) => h('option', { value, text });
    this.model.value = choice.model;
    this.variant.replaceChildren(...['', ...model.variants].map((v) => option(v, v || t.controls.standard)));
    this.variant.value = choice.variant;
    this.variant.disabled = model.variants.length === 0;
    // What the file, the catalogue or the default says, by name once it is known; or another by hand.
    const known = graph?.model === choice.model && !choice.profile ? graph.profile.id : '';
    const automatic = known ? t.controls.automaticProfileIs(known) : t.controls.automaticProfile;
    this.profile.replaceChildren(option('', automatic), ...model.profiles.map((p) => option(p, p)));
    this.profile.value = choice.profile;
    if (graph) this.profile.title = t.controls.profileAbout(graph.profile);
    this.#showWeights(choice);
    this.engine.value = choice.engine;
    const network = choice.variant ? t.controls.variantOf(model.title, choice.variant) : model.title;
    // Which engine it is, is known once it computes.
    const engine = scope ? t.controls.computes(scope.engine) : '';
    this.onLine(t.controls.line([network, knowing(choice), engine].filter(Boolean)));
  }

  /** @param {Choice} choice */
  #showWeights(choice) {
    const { weights, file } = choice;
    /** @type {Map<string, string>} what is chosen by which option */
    const sources = new Map(
      flowersFit(choice)
        ? [
            ['', t.controls.flowers],
            [SYNTHETIC, t.controls.untrained],
          ]
        : [['', t.controls.untrained]],
    );
    if (weights === IMAGENET.weights) sources.set(weights, t.controls.imagenet);
    else if (file) sources.set(weights, t.controls.file(file.name));
    else if (isUntrained(choice) && weights && weights !== SYNTHETIC)
      sources.set(weights, t.controls.untrainedSeed(weights.slice(10)));
    else if (weightsOf(choice) !== FLOWERS.url && !isUntrained(choice))
      sources.set(weights, t.controls.address(weights.split('/').at(-1) ?? ''));
    sources.set(CHOOSE, t.controls.ownFile);
    this.weights.replaceChildren(...[...sources].map(([value, text]) => h('option', { value, text })));
    this.chosen = sources.has(weights) ? weights : '';
    this.weights.value = this.chosen;
  }
}

/** What the weights of a choice know, in a word or two. @param {Choice} choice */
function knowing(choice) {
  const weights = weightsOf(choice);
  if (isUntrained(choice)) return t.controls.short.untrained;
  if (weights === FLOWERS.url) return t.controls.short.flowers;
  if (weights === IMAGENET.weights) return t.controls.short.imagenet;
  return typeof weights === 'string' ? (weights.split('/').at(-1) ?? '') : weights.name;
}
