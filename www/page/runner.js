/** Runs photos and camera frames through the network that is shown. */

import { Camera } from './camera.js';
import { isAbort } from './faults.js';
import * as hash from './hash.js';
import { t } from './words.js';

/**
 * @typedef {import('../inceptionscope.js').Crop} Crop
 * @typedef {import('../inceptionscope.js').Result} Result
 * @typedef {import('./graph.js').Scope} Scope
 * @typedef {import('./hash.js').State} State
 *
 * @typedef {object} Photo
 * @property {string} name a sample's, an address, or `own`
 * @property {string} file the name of its file, if it is the visitor's own
 * @property {() => Promise<Blob | ImageBitmap>} input what a run takes: a file, or what the camera sees now
 * @property {Promise<void>} shown until the frame has the whole photo, if the browser can show it
 *
 * @typedef {object} Page What the runner asks and tells.
 * @property {() => Scope | null} scope the network that is shown
 * @property {() => boolean} busy whether its weights are still to come
 * @property {() => State} state
 * @property {import('./panels/photo.js').PhotoView} photoView
 * @property {(text: string) => void} say
 * @property {(text: string) => void} ran says how long a run took
 * @property {(scope: Scope, photo: Photo) => Promise<void>} onTaken the network has taken a photo
 * @property {(node: string) => void} onNode a value is there, of a run that waits for weights
 * @property {(scope: Scope, result: Result) => Promise<void>} onResult the prediction is there
 * @property {(scope: Scope) => Promise<void>} onShown it is shown, and maps can follow
 * @property {(error: unknown, unchanged: boolean) => void} onError
 */

export class Runner {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** The photo that is shown, or that waits for its network. @type {Photo | null} */
    this.photo = null;
    /** @type {Result | null} */
    this.result = null;
    /** What is said of the last run. */
    this.took = '';
    /** @type {Camera | null} */
    this.camera = null;
    /** @type {AbortController | null} */
    this.running = null;
    /** Until the maps of a camera's last frame are shown. */
    this.shown = Promise.resolve();
  }

  /**
   * @param {Blob} blob
   * @param {string} name a sample's, an address, or `own`
   * @param {string} [crop] another photo begins whole; the one that the address asks for, with the part that it asks
   *   for
   */
  async usePhoto(blob, name, crop) {
    const state = this.page.state();
    if (blob.type && !blob.type.startsWith('image/')) {
      this.page.onError(t.photo.notAPhoto(blob.type), this.photo !== null);
      return;
    }
    this.endCamera();
    const before = { photo: this.photo, crop: state.crop };
    state.crop = crop ?? (this.photo || name !== state.image ? '' : state.crop);
    const shown = createImageBitmap(blob).then(
      (bitmap) => {
        if (this.photo === photo) this.page.photoView.frame.setPhoto(bitmap);
      },
      () => {}, // the runtime says what is wrong with it
    );
    /** @type {Photo} */
    const photo = { name, file: blob instanceof File ? blob.name : '', input: async () => blob, shown };
    this.photo = photo;
    if (!this.page.scope()) return; // it runs when the network is known
    if (await this.run()) return;
    this.photo = before.photo;
    this.page.state().crop = before.crop;
  }

  /** The photo that is shown, as a file: what the camera sees is none. */
  async still() {
    const { photo, camera } = this;
    const input = photo && !camera ? await photo.input() : null;
    return photo && input instanceof Blob ? { name: photo.file || photo.name, input } : null;
  }

  /** What the network sees of the photo, with so many pixels a side. @param {number} size */
  async seenAt(size) {
    // The network may be faster than the browser's own decoder.
    await this.photo?.shown;
    return this.page.photoView.frame.seenAt(size);
  }

  /** The visitor's own photo, if it is one: what the camera sees is none. */
  async own() {
    return this.photo?.name === 'own' ? ((await this.still())?.input ?? null) : null;
  }

  /** Stops the run that goes on. */
  abort() {
    this.running?.abort(new DOMException('superseded', 'AbortError'));
  }

  /**
   * Runs the photo. Returns false if that failed and what was shown before stays.
   * @param {() => string} [told] of a camera's frame: what is said after it, instead of how long it took
   */
  async run(told) {
    const { page, photo } = this;
    const scope = page.scope();
    if (!scope || !photo) return false;
    this.abort();
    const running = new AbortController();
    this.running = running;
    const isCurrent = () => this.running === running && page.scope() === scope;
    if (!told) {
      if (!page.busy()) page.ran(t.run.running);
      document.documentElement.classList.add('running');
    }
    /** @type {Promise<void> | null} */
    let taken = null;
    try {
      const crop = cropOf(page.state());
      const result = await scope.run(await photo.input(), {
        crop,
        signal: running.signal,
        onNode: (node) => {
          // Of a run that waits for weights, each value is shown when it is there; of any other, all at once.
          if (!isCurrent() || !page.busy()) return;
          taken ??= page.onTaken(scope, photo);
          page.onNode(node);
        },
      });
      if (!isCurrent()) return true;
      await (taken ?? page.onTaken(scope, photo));
      const { seen } = result;
      // The network may be faster than the browser's own decoder.
      photo.shown.then(() => {
        if (seen && this.photo === photo && page.scope() === scope) page.photoView.setSeen(seen, crop !== undefined, scope.graph.input);
      });
      this.result = result;
      this.took = t.run.took(result.timings.run ?? 0);
      await page.onResult(scope, result);
      if (!page.busy()) page.ran(told?.() ?? this.took);
      if (!told) {
        await page.onShown(scope);
        return true;
      }
      await this.shown;
      // The next frame runs while the maps of this one are drawn, and is told if that fails.
      this.shown = page.onShown(scope);
      this.shown.catch(() => {});
      return true;
    } catch (error) {
      // What breaks a download off is told once, by whoever waits for it; a network that was given up ends its run.
      if (!isCurrent() || isAbort(error) || (page.busy() && taken)) return true;
      page.say('');
      if (/** @type {{ code?: string }} */ (error).code === 'answer.not_finite') {
        // Where it comes from can be looked at.
        page.onError(error, false);
        await page.onShown(scope);
        return true;
      }
      page.onError(error, page.state().image !== '');
      return false;
    } finally {
      if (this.running === running) {
        this.running = null;
        document.documentElement.classList.remove('running');
      }
    }
  }

  toggleCamera() {
    return this.camera ? this.stopCamera() : this.startCamera();
  }

  async startCamera() {
    const { page } = this;
    const camera = new Camera();
    this.camera = camera;
    this.shown = Promise.resolve();
    page.photoView.showCamera(true);
    try {
      await camera.start(() => this.stopCamera());
    } catch (error) {
      this.endCamera();
      page.onError(error, this.photo !== null);
      return;
    }
    page.state().crop = '';
    page.photoView.frame.setPhoto(camera.video);
    this.photo = { name: 'own', file: '', input: () => camera.frame(), shown: Promise.resolve() };
    let last = performance.now();
    const live = () => {
      const before = last;
      last = performance.now();
      return t.camera.live(last - before);
    };
    // As fast as the engine and the screen are; a hidden page waits.
    while (this.camera === camera) {
      await new Promise(requestAnimationFrame);
      if (!page.scope() || page.busy()) continue;
      if (!(await this.run(live))) return this.stopCamera();
    }
  }

  /** Ends the camera; its last picture stays as a photo. */
  async stopCamera() {
    const still = this.camera?.video.videoWidth ? await this.camera.still() : null;
    const { crop } = this.page.state();
    this.endCamera();
    if (still) await this.usePhoto(still, 'own', crop);
  }

  endCamera() {
    if (!this.camera) return;
    this.camera.stop();
    this.camera = null;
    this.page.photoView.showCamera(false);
  }
}

/** The part of the photo that is looked at. @param {State} state @returns {Crop | undefined} */
export function cropOf(state) {
  const [x, y, size] = hash.numbers(state.crop, 3) ?? [];
  return size > 0 ? { x, y, size } : undefined;
}
