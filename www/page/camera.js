/** The camera as a source of photos. */

import { t } from './words.js';
import { h } from './dom.js';
import { pngOf } from './save.js';

/** Why there is no camera, and what to do. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: t.camera.refused,
  NotFoundError: t.camera.none,
  OverconstrainedError: t.camera.none,
  NotReadableError: t.camera.busy,
};

export class Camera {
  constructor() {
    this.video = h('video', { playsinline: true, muted: true });
    this.video.muted = true;
    /** @type {MediaStream | null} */
    this.stream = null;
  }

  /**
   * Asks for the camera. Throws an error whose message says why there is none.
   * @param {() => void} onEnd it was unplugged or taken back
   */
  async start(onEnd) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(t.camera.insecure);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 640 }, height: { ideal: 480 } },
        audio: false,
      });
      this.stream.getVideoTracks()[0]?.addEventListener('ended', onEnd);
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      const name = error instanceof DOMException ? error.name : '';
      throw new Error(REASONS[name] ?? t.camera.failed(error instanceof Error ? error.message : String(error)));
    }
  }

  /** What it sees now. */
  frame() {
    return createImageBitmap(this.video);
  }

  /** The last picture as a file. @returns {Promise<Blob | null>} */
  still() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const canvas = h('canvas', { width, height });
    canvas.getContext('2d')?.drawImage(this.video, 0, 0);
    return pngOf(canvas);
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }
}
