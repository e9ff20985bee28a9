/** The parts of the page, and which of them tells the app what. */

import { CircuitDialog } from './dialogs/circuit.js';
import { ConsentDialog } from './dialogs/consent.js';
import { CostsDialog } from './dialogs/costs.js';
import { EvaluateDialog } from './dialogs/evaluate.js';
import { ExportDialog } from './dialogs/export.js';
import { KernelsDialog } from './dialogs/kernels.js';
import { PublishDialog } from './dialogs/publish.js';
import { StorageDialog } from './dialogs/storage.js';
import { WeightsDialog } from './dialogs/weights.js';
import { Asking } from './asking.js';
import { Baselines } from './baselines.js';
import { isMuted, textOf } from './changes.js';
import { IMAGENET } from './choice.js';
import { agree } from './consent.js';
import { h } from './dom.js';
import { comparing } from './comparing.js';
import { evaluationIn } from './evaluating.js';
import { firstPhoto } from './first.js';
import { nodeOf, setScales } from './graph.js';
import { Interventions } from './interventions.js';
import { Photos } from './photos.js';
import { Opener } from './opener.js';
import { Alert } from './panels/alert.js';
import { ChangesView } from './panels/changes.js';
import { ChannelView } from './panels/channel.js';
import { Controls } from './panels/controls.js';
import { ModuleView } from './panels/module.js';
import { FigureView } from './panels/figure.js';
import { LikesView } from './panels/likes.js';
import { NetworkMap } from './panels/network.js';
import { PhotoView } from './panels/photo.js';
import { PredictionsView } from './panels/predictions.js';
import { Setup } from './panels/setup.js';
import { Status } from './panels/status.js';
import { Tour } from './panels/tour.js';
import { TrustView } from './panels/trust.js';
import { WhyView } from './panels/why.js';
import * as question from './question.js';
import { goBack, openDream } from './places.js';
import { sourceOf } from './publish/source.js';
import { Runner } from './runner.js';
import { saveAnswer } from './save-answer.js';
import { aboutOf } from './about.js';
import { t } from './words.js';

/** @param {string} id @returns {HTMLElement} */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @typedef {ReturnType<typeof build> extends Generator<any, infer P> ? P : never} Panels */

/** In pieces. @param {import('./app.js').App} app */
export function* build(app) {
  const alert = new Alert(() => app.keepOwn());
  const onError = (/** @type {unknown} */ error, /** @type {boolean} */ unchanged = false) =>
    alert.complain(error, unchanged);
  const weights = new WeightsDialog({
    onFiles: (files) => app.useFiles(files),
    onUse: (model, id) => app.choose({ model, variant: '', profile: '', weights: id }),
  });
  const storage = new StorageDialog();
  const consent = new ConsentDialog();
  const costs = new CostsDialog();
  const circuit = new CircuitDialog({
    scope: () => app.scope,
    untrained: () => module.untrained,
    names: () => predictions.names,
    about: () => aboutOf(app),
    onChannel: (node, channel) => app.showChannel(node, channel, true),
    onState: (circuit) => app.remember({ circuit }),
  });
  const kernels = new KernelsDialog({
    scope: () => app.scope,
    untrained: () => module.untrained,
    about: () => aboutOf(app),
    onChannel: (node, channel) => app.showChannel(node, channel, true),
    onState: (kernels) => app.remember({ kernels }),
  });
  yield;
  const publish = new PublishDialog({
    source: () => sourceOf(app),
    state: () => app.state,
    onSpec: (spec) => app.remember({ publish: spec }),
    link: () => app.link(),
  });
  const exporting = new ExportDialog({ link: () => app.link(), about: () => aboutOf(app), onFigure: () => app.openPublish() });
  const photos = new Photos(() => app.scope);
  yield;
  const evaluating = new EvaluateDialog(photos, {
    scope: () => app.scope,
    title: () => [app.graph?.title ?? '', aboutOf(app).weights.split('/').at(-1)].join(', '),
    photo: () => runner.still(),
    names: () => predictions.names,
    changes: () => interventions.list.length,
    onPhoto: (file) => runner.usePhoto(file, 'own'),
    onState: (evaluate) => {
      agree(...(evaluationIn(evaluate)?.weights ?? []));
      app.remember({ evaluate });
    },
    about: () => aboutOf(app),
  });
  const setup = new Setup(byId('setup-line'), byId('setup'));
  yield;
  const controls = new Controls(byId('controls'), {
    onChoose: (part) => app.choose(part),
    onFile: () => weights.file.click(),
    onLine: (line) => setup.show(line),
  });
  const status = new Status(byId('status'), byId('progress'), {
    onWeights: () => weights.open(),
    onStorage: () => storage.open(),
    onImagenet: () => app.choose(IMAGENET),
    onCancel: () => opener.cancel(),
  });
  yield;
  const photo = new PhotoView(byId('photo'), {
    onPhoto: (blob, name) => runner.usePhoto(blob, name),
    onWeights: (files) => app.useFiles(files),
    onFolder: (given) =>
      given.then(
        (list) => (list.length ? photos.set(list).then(() => evaluating.open()) : onError(t.photo.noFile, true)),
        onError,
      ),
    onCrop: (crop) => app.useCrop(crop),
    onCamera: () => {
      if (!runner.camera) compare.comparison.start(null);
      return runner.toggleCamera();
    },
    onError,
  });
  yield;
  const predictions = new PredictionsView(
    byId('predictions'),
    (followed) => app.remember({ class: followed === null ? '' : String(followed) }),
    (target) => asking.ask({ method: 'cam', rather: null, options: {}, ...asking.question, target }),
  );
  byId('predictions').after(photo.more);
  yield;
  const baselines = new Baselines();
  const why = new WhyView(byId('why'), {
    onAsk: (asked) => {
      asking.ask(asked);
      if (!asked) predictions.focusWhy();
    },
    onKept: (asked) => asking.keep(asked),
    onStop: () => asking.stop(),
    onModule: (id) => openModule(id),
    onChannel: (node, channel) => app.showChannel(node, channel, true),
    trust: new TrustView({
      onCheck: async (options) => {
        const asked = await baselines.of(options);
        return app.scope ? app.scope.trust(asked) : Promise.reject(new DOMException('', 'AbortError'));
      },
      onState: (trust) => app.remember({ trust }),
      onError: (error) => onError(error, true),
      about: () => aboutOf(app),
      label: (id) => app.graph?.modules.find((module) => module.id === id)?.label ?? id,
    }),
    seen: () => photo.seen,
    names: () => predictions.names,
    classOf: (name) => predictions.classOf(name),
    layer: () => (map.opened === null ? '' : (app.graph?.modules[map.opened].output ?? '')),
    onSave: (kind, step) => (kind === 'png' ? app.saveFigure({ layout: 'why' }) : saveAnswer(kind, step, aboutOf(app), predictions.names)),
  });
  const asking = new Asking({
    scope: () => app.scope,
    view: why,
    baselines,
    onAsked: (asked, trust) => app.remember({ why: question.textOf(asked), trust }),
    onError: (error) => onError(error, true),
  });
  const changes = new ChangesView({
    onUndo: (node) => interventions.undo(node),
    onScale: (node, factor) => interventions.scale(node, factor),
    onCompare: () => compare.comparison.start({ kind: 'unchanged', value: '' }),
  });
  predictions.note.after(changes.element, status.knows);
  yield;
  const compare = comparing(app);
  byId('predictions').after(compare.view.element);
  const { scale, sort, filter, side } = app.state;
  const module = new ModuleView(
    { scale, sort, filter, side, everyOp: false },
    {
      onChannel: (node, channel) => app.showChannel(node, channel, true),
      onView: ({ scale, sort, filter, side }) => {
        app.remember({ scale, sort, filter, side });
        app.refreshChannel();
      },
      onScale: (node, factor) => interventions.scale(node, factor),
      onMute: (node) => interventions.mute(node),
      onKeep: (others) => interventions.muteAll(others),
      likes: (scope, module, beside) => likes.show(scope, module, beside),
      onScaleAll: (blocks, factor) => interventions.scaleAll(blocks, factor),
      onRemoval: () => {
        const target = asking.question?.target ?? predictions.result?.top[0]?.class;
        if (target !== undefined) asking.ask({ method: 'removal', target, rather: null, options: {} });
      },
    },
  );
  yield;
  const likes = new LikesView({
    untrained: () => module.untrained,
    hasRun: () => module.hasRun,
    seen: () => photo.seen,
    seenAt: (size) => runner.seenAt(size),
    about: () => aboutOf(app),
    onChannel: (node, channel) => app.showChannel(node, channel, true),
    onModule: (id) => openModule(id),
    onState: (state) => app.remember({ likes: state }),
  });
  yield;
  const figure = new FigureView(app.state.maps === 'mean' ? 'mean' : 'strongest', {
    onOpen: (index, node) => app.openInFigure(index, node),
    onKind: (maps) => app.remember({ maps }),
    seen: () => photo.seen,
    answers: () => (module.untrained ? [] : (runner.result?.top ?? [])),
    about: () => aboutOf(app),
  });
  yield;
  const map = new NetworkMap(
    byId('network'),
    module,
    (index) => app.moduleOpened(index),
    figure,
    h(
      'span',
      { class: 'buttons' },
      h('button', { type: 'button', text: t.publish.button, onclick: () => app.openPublish() }),
      h('button', { type: 'button', text: t.likes.button, onclick: () => openDream(app) }),
      h('button', { type: 'button', text: t.export.title, onclick: () => app.openExport() }),
      h('button', { type: 'button', class: 'quiet', text: t.evaluate.title, onclick: () => evaluating.open() }),
      h('button', { type: 'button', class: 'quiet', text: t.costs.title, onclick: () => costs.open(app.models) }),
    ),
    app.state.view === 'list' ? 'list' : 'figure',
    (view) => app.remember({ view }),
  );
  yield;
  const channel = new ChannelView(byId('channel'), {
    onChannel: (node, channel) => app.showChannel(node, channel),
    onPlace: (at) => app.remember({ at: at ? `${at.row},${at.column}` : '' }),
    onClose: () => app.channelClosed(),
    scaleOf: (node, channel, plane) => module.scaleOf(node, channel, plane),
    pairOf: (node, channel) => compare.channelOf(node, channel),
    seen: () => photo.seen,
    isMuted: (node, channel) => isMuted(interventions.list, node, channel),
    onMute: (node, channel) => interventions.mute(node, channel),
    onKeep: (node, channel) => {
      const channels = Array.from({ length: nodeOf(app.graph, node)?.shape[0] ?? 0 }, (_, other) => other);
      interventions.muteChannels(
        node,
        channels.filter((other) => other !== channel),
      );
    },
    onLink: () => app.copyLink(),
    onCircuit: (node, channel) => circuit.open({ node, channel }),
    onKernels: (node) => kernels.open(node),
    photos,
    onPhoto: (file) => runner.usePhoto(file, 'own'),
    untrained: () => module.untrained,
    about: () => aboutOf(app),
    onPng: (node, channel) => app.saveFigure({ layout: 'together', node, channel }),
  });
  const interventions = new Interventions({
    scope: () => app.scope,
    wanted: () => app.state.changes,
    live: () => runner.camera !== null,
    onChanged: (list) => {
      changes.show(list);
      if (app.graph) setScales(app.graph, list);
      module.setChanges(list);
      figure.rename();
      app.remember({ changes: textOf(list) });
    },
    onResult: (scope, result, before) => app.showResult(scope, result, before),
    onShown: async (isLast) => {
      await (isLast() ? map.refresh() : module.refresh());
      await app.refreshChannel();
    },
    onError: (error) => onError(error, true),
  });
  const runner = new Runner({
    scope: () => app.scope,
    busy: () => opener.isBusy,
    state: () => app.state,
    photoView: photo,
    say: (text) => status.say(text),
    ran: (text) => status.ran(text),
    onTaken: (scope, taken) => app.taken(scope, taken),
    onNode: (node) => map.arrived(node),
    onResult: (scope, result) => interventions.ran(scope, result),
    onShown: (scope) => app.shown(scope),
    onError,
  });
  const opener = new Opener({
    onBegin: () => status.begin(),
    onSelect: (choice) => app.select(choice),
    onShow: (scope, choice) => app.show(scope, choice),
    run: () => (runner.photo ? runner.run() : firstPhoto(app)),
    onLate: (scope) => app.showLate(scope),
    onSettle: () => app.settle(),
    onProgress: (progress) => map.progress(progress.modules, status.advance(progress)),
    onTune: (tuning) => status.tuning.told(tuning),
    onRecover: (recovery) => app.recovered(recovery),
    onError,
  });
  const openModule = (/** @type {string} */ id) => {
    const index = app.graph?.modules.findIndex((m) => m.id === id) ?? -1;
    if (index >= 0 && map.opened !== index) map.open(index, true);
  };
  const tourButton = h('button', { type: 'button', class: 'quiet', text: t.tour.start, onclick: () => tour.start() });
  byId('name').append(tourButton);
  yield;
  const tour = new Tour(byId('tour'), {
    scope: () => app.scope,
    open: (model) => app.choose({ model, variant: '', profile: '', weights: '' }),
    module: (id) => openModule(id),
    channel: (node, channel) => app.showChannel(node, channel),
    closeChannel: () => channel.isOpen && channel.close(true),
    largest: () => module.largest(),
    before: () => ({ title: app.graph?.title ?? '', state: { ...app.state }, scroll: scrollY }),
    closed: ({ state, scroll }) => {
      tourButton.focus({ preventScroll: true });
      goBack(app, state, scroll);
    },
  });
  return {
    alert,
    asking,
    compare,
    interventions,
    weights,
    circuit,
    kernels,
    consent,
    costs,
    evaluating,
    exporting,
    setup,
    publish,
    controls,
    status,
    photo,
    predictions,
    why,
    module,
    likes,
    map,
    channel,
    runner,
    opener,
    tour,
  };
}
