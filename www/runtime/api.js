/**
 * What calls of the module take and give. What is JSON between Rust and JavaScript has its types in `rust.d.ts`.
 *
 * @module
 */

/**
 * A value of the wasm module as a plain object.
 * @template T
 * @template {Record<string, unknown>} [Other={}] fields that are not as they are there
 * @typedef {Omit<T, 'free' | keyof Disposable | 'shape' | keyof Other> & (T extends { shape: unknown } ? { shape: number[] } : {}) & Other} Plain
 */

/**
 * @typedef {Omit<import('./rust.d.ts').Engine, 'why'> & { why: import('./rust.d.ts').Why | 'lost' }} Engine What computes, and why
 *   that; `lost`: the GPU was, twice within a minute.
 * @typedef {{ graph: import('./rust.d.ts').Graph, engine: Engine }} Opened A network that is open.
 * @typedef {import('./rust.d.ts').Memory & { wasm: number }} Memory What a network takes, in bytes; `wasm`: the runtime as a whole.
 * @typedef {import('./rust.d.ts').Guess} Guess
 * @typedef {import('./rust.d.ts').Tuning} Tuning
 *
 * @typedef {object} Progress
 * @property {'download' | 'reconnect' | 'prepare' | 'ready'} stage `reconnect`: the connection broke; trying again
 * @property {number} loaded bytes
 * @property {number | null} total bytes, if known
 * @property {number} from bytes that were kept of an earlier visit
 * @property {string | null} unkept why the browser cannot keep the file for the next visit, if so
 * @property {Arrival[]} modules how far each module's weights are; none of files that are read as wholes
 *
 * @typedef {object} Arrival
 * @property {number} module which one of the graph's
 * @property {number} loaded bytes of its weights that have come
 * @property {number} total bytes of its weights
 * @property {number} left bytes of the file that are still to come, up to the last of its weights
 *
 * @typedef {object} Stored Weights that the browser keeps, or what came of them before the connection broke.
 * @property {string} name
 * @property {string} url
 * @property {number} bytes that are kept
 * @property {number | null} total that the file has, if known
 * @property {string | null} sha256 of a complete file
 *
 * @typedef {object} OpenOptions
 * @property {string | null} [model] `inception_v3`, or with a variant `googlenet:published`; by default what the weight file says it is
 * @property {string | URL | Blob} [weights] address, file, catalogue id or `synthetic:SEED` (the default: `synthetic:1`)
 * @property {string | null} [variant]
 * @property {string | null} [profile]
 * @property {'auto' | 'gpu' | 'cpu'} [engine] `auto`, the default, takes WebGPU on a hardware adapter
 * @property {'auto' | 'off'} [tune] `auto`, the default, measures once which kernels are fastest on a real GPU, a second or two after
 *   the first picture, and keeps it in the browser; `off` neither measures nor uses that
 * @property {(tuning: Tuning) => void} [onTune] told when that was measured
 * @property {(progress: Progress) => void} [onProgress]
 * @property {number | null} [size] rows and columns of the network's input, 75 or more; what the paper has, if left out
 * @property {(recovery: Recovery) => void} [onRecover] told when the GPU or the worker was lost, and everything is there again
 * @property {AbortSignal} [signal] ends the loading
 *
 * @typedef {object} Recovery
 * @property {string} reason the code of what happened: `device.lost` or `runtime.failed`
 * @property {Engine} engine what computes from now on
 *
 * @typedef {Blob | ImageBitmap | ImageData | Float32Array | Response | URL | string | HTMLImageElement | HTMLVideoElement
 *   | HTMLCanvasElement | OffscreenCanvas | VideoFrame} Input A picture: a file, an address, pixels, what an element shows; or
 *   C·H·W values: exactly the tensor that the first op reads.
 *
 * @typedef {object} RunOptions
 * @property {Crop} [crop] which part of a picture to look at; what the profile does, if left out
 * @property {boolean} [resize] false takes a picture of exactly the input's size as it is, and refuses any other
 * @property {AbortSignal} [signal] stops the run, and what it has computed is forgotten
 * @property {(node: string) => void} [onNode] told each recorded node when its value is there
 *
 * @typedef {object} InterventionOptions
 * @property {(node: string) => void} [onNode] told each recorded node that is computed again; the last run's `onNode` is, if left out
 *
 * @typedef {object} Crop A square of a photo, in its pixels. What reaches over the photo's edge is moved into it, and what is larger
 *   than its shorter side is made smaller: `seen` of the result says what was taken.
 * @property {number} x first column
 * @property {number} y first row
 * @property {number} size columns and rows
 *
 * @typedef {object} Seen What the network saw of a photo, in its pixels.
 * @property {number} photoWidth
 * @property {number} photoHeight
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 *
 * @typedef {Plain<import('../pkg/inceptionscope.js').Outcome, { top: Guess[] }>} Prediction What an intervention yields.
 * @typedef {Plain<import('../pkg/inceptionscope.js').Statistics>} Stats Statistics of a node's value, one entry a channel.
 * @typedef {Plain<import('../pkg/inceptionscope.js').Values>} Tensor A node's value.
 * @typedef {Plain<import('../pkg/inceptionscope.js').Values>} Maps Some channels of a node's value: channels, rows, columns.
 * @typedef {Plain<import('../pkg/inceptionscope.js').Kernel>} Kernel The weights that a channel is made with.
 * @typedef {[number, number]} Span First row or column, and one past the last.
 *
 * @typedef {object} Result
 * @property {Float32Array} logits
 * @property {Float32Array} probabilities
 * @property {Guess[]} top the most probable classes, best first; none, like the values, if the weights have no classifier
 * @property {Seen | null} seen what the network saw of the photo; nothing for a tensor
 * @property {{ decode: number, run: number, wait: number }} timings milliseconds: `decode` the picture, `run` it, `wait` for weights
 */

export {};
