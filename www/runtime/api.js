/**
 * What calls of the module take and give. What is JSON between Rust and JavaScript has its types in `rust.d.ts`.
 *
 * @module
 */

/**
 * A value of the wasm module as a plain object.
 * @template T
 * @template {Record<string, unknown>} [Other={}] fields that are not as they are there
 * @typedef {Omit<T, 'free' | symbol | 'shape' | keyof Other> & (T extends { shape: unknown } ? { shape: number[] } : {}) & Other} Plain
 */

/**
 * @typedef {Omit<import('./rust.d.ts').Engine, 'why'> & {
 *   why: import('./rust.d.ts').Why | 'unsupported' | 'lost' | 'doubted', threads: number }} Engine
 *   What computes, and why that; `none`: there is no usable GPU; `unsupported`: no WebGPU; `lost`: the GPU was, again and again, or
 *   refused; `doubted`: its prediction was not a number. `threads` of the CPU engine; 0 where a GPU computes.
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
 * @typedef {object} Addresses Where the module's own files are, if not beside it or where a bundler has put them.
 * @property {string | URL} [assetsUrl] a folder with a copy of the module's files
 * @property {string | URL} [workerUrl] the worker's script, `runtime/worker.js`
 * @property {string | URL} [wasmUrl] the compiled module: a file, or the folder with all of them (an address that ends in `/`)
 *
 * @typedef {Opening & Addresses} OpenOptions
 *
 * @typedef {object} Opening
 * @property {string | null} [model] `inception_v3`, or with a variant `googlenet:published`; by default what the weight file says it is
 * @property {string | URL | Blob} [weights] address, file, catalogue id or `synthetic:SEED` (the default: `synthetic:1`)
 * @property {string | null} [variant]
 * @property {string | null} [profile]
 * @property {'auto' | 'gpu' | 'cpu'} [engine] `auto`, the default, takes WebGPU on a hardware adapter
 * @property {number | null} [threads] of the CPU engine, where the page is cross-origin isolated; by default as many as the
 *   processor has, up to 8
 * @property {boolean} [direct] true computes every convolution as it is defined; by default those of 3×3, 1×7 and 7×1 with
 *   stride 1 take fewer multiplications (Winograd's algorithm) where that is faster, and are rounded otherwise
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
 * @typedef {'cam' | 'occlusion' | 'gradient' | 'input-x-gradient' | 'smoothgrad' | 'integrated' | 'guided' | 'grad-cam'} Method How to
 *   explain: `cam`, a class activation map; `guided` backpropagation; `integrated` gradients. docs/explanations.md says what each shows.
 *
 * @typedef {object} RemovalOptions
 * @property {number | string | null} [target] what is explained: a class's number or name (its logit), NODE:CHANNEL (the mean of that map),
 *   or NODE:CHANNEL:ROW,COLUMN; the most probable class, if left out
 * @property {number | string | null} [rather] a class: explains by how much the target, a class too, is above it
 * @property {string | null} [module] removes its channels one after the other, the one with the largest share first; all branches of all
 *   modules, if left out
 * @property {(step: Removal) => void} [onStep] told what is known so far
 * @property {AbortSignal} [signal] stops it
 *
 * @typedef {object} ExplainOptions
 * @property {Method} method
 * @property {number | string | null} [target] as of `removal`
 * @property {number | string | null} [rather] as of `removal`
 * @property {string | null} [layer] of `grad-cam`: a recorded node; the last map before the logits, if left out
 * @property {number | null} [patch] of `occlusion`: rows and columns that are covered, in the input's pixels; about a seventh of them
 * @property {number | null} [stride] of `occlusion`: from patch to patch; half a patch
 * @property {'grey' | 'mean' | 'blur'} [fill] of `occlusion`: what covers it; `grey`
 * @property {number} [steps] of `integrated`: points between baseline and picture, 32
 * @property {'zero' | 'black' | 'mean' | 'blurred' | Exclude<Input, string>} [baseline] of `integrated`: where the way begins; `zero`, what
 *   the profile subtracts; `mean`, the picture's mean colour; or another picture
 * @property {number} [samples] of `smoothgrad`: noisy copies, 16
 * @property {number} [sigma] of `smoothgrad`: standard deviation of the noise, as a share of the input's range; 0.15
 * @property {number} [seed] of `smoothgrad`: the same seed yields the same noise; 0
 * @property {(step: Why) => void} [onStep] told what is known so far
 * @property {AbortSignal} [signal] stops it
 *
 * @typedef {object} Explained What is explained, and how far it is.
 * @property {number | string} target the class's number; another target as it was asked for
 * @property {number | null} rather the class that it is compared with
 * @property {number | null} value the target, or by how much it is above `rather`; null until it is known
 * @property {number} done steps that are done
 * @property {number} of of so many
 *
 * @typedef {object} WhyMap
 * @property {Method} method
 * @property {Record<string, number | string>} options those of the method that were used
 * @property {string | null} layer whose map it is: of `cam` and `grad-cam`
 * @property {number[]} shape rows and columns of the map: of the layer, of the patches, or of the input
 * @property {Float32Array} map row by row; above 0 speaks for the target (of gradients: the largest of the channels by size). NaN:
 *   not known yet
 * @property {Float32Array} mapInput the same at the resolution of the network's input
 * @property {Float32Array | null} attribution of methods by gradients: one value a value of the input, C,H,W
 * @property {number | null} bias of `cam`: the part of the logit that is the same for every picture
 * @property {number | null} sum of `cam` the mean of the map; of `integrated` what the values add up to, and null until all steps are done
 * @property {number | null} difference of `cam`: `value − bias − sum`; of `integrated`: the target less its value at the baseline
 * @property {number | null} error what the sum misses, by rounding or too few steps: of `integrated`, `difference − sum`
 * @property {BranchShare[]} shares of `cam`: what each branch of the last module adds; they add up to `sum`
 *
 * @typedef {Explained & WhyMap} Why Why an answer: where in the picture it comes from.
 *
 * @typedef {object} BranchShare
 * @property {string} node the branch's last node
 * @property {string | null} label the branch; null where the map has no branches
 * @property {[number, number]} channels in the last map: first, and one past the last
 * @property {number} share what it adds to the target
 *
 * @typedef {Explained & { module: string | null, branches: Removed[], correlation: number | null }} Removal What each branch is worth, in
 *   the network's order, or each channel of `module`; and Spearman's rank correlation of falls and shares.
 *
 * @typedef {Pick<RemovalOptions, 'target' | 'rather' | 'signal'>} BranchesOptions
 *
 * @typedef {Explained & { modules: ModuleShare[] }} Branches What the modules add to the target, in the network's order.
 *
 * @typedef {object} ModuleShare
 * @property {string} module
 * @property {number} sum what its output adds: its values times their gradient
 * @property {number} biases `value − sum`: where only convolutions, ReLUs, pools and batch norms follow, what biases after it add
 * @property {{ lane: number, label: string, share: number }[]} lanes by branch; they add up to `sum`
 * @property {number[]} channels by channel of its output; they add up to `sum`
 *
 * @typedef {object} TrustQuestion
 * @property {'randomisation' | 'deletion' | 'insertion'} check weights are lost module by module; or pixels are taken out or put in
 * @property {Exclude<Method, 'cam' | 'occlusion'>} [method] of `randomisation`: whose map, with its options; `gradient`
 * @property {Float32Array | null} [map] of the others, and needed there: one value a pixel of the input
 * @property {number} [points] of the others: steps, 16
 * @property {'zero' | 'black' | 'mean' | 'blurred'} [blank] of the others: what a pixel is that is not there; `zero`, what the
 *   profile subtracts
 * @property {(step: Trust) => void} [onStep] told what is known so far
 *
 * @typedef {TrustQuestion & Omit<ExplainOptions, 'method' | 'patch' | 'stride' | 'fill' | 'onStep'>} TrustOptions
 *
 * @typedef {object} Trust
 * @property {'randomisation' | 'deletion' | 'insertion'} check
 * @property {number} done steps that are done
 * @property {number} of of so many
 * @property {string[]} [lost] of `randomisation`: the modules that lose their weights, from the head on
 * @property {(number | null)[]} [correlations] Spearman's rank correlation of the map with the one before: before anything is lost, and
 *   after each module; null of a map that is the same everywhere
 * @property {number[]} [values] of the others: the class's probability (another target's value) from no pixel to all of them
 * @property {number[]} [random] the same in a random order; empty until all steps are done
 * @property {number | null} [area] under `values`, between 0 and 1
 * @property {number | null} [randomArea] under `random`
 *
 * @typedef {object} Removed
 * @property {string} module
 * @property {number | null} lane which of its lanes
 * @property {string} label the branch
 * @property {number} [channel] of the module's output, if channels are removed
 * @property {number | null} share what it adds by gradient times activation; null where a given value lets no gradient through
 * @property {number} value the target without it
 * @property {number} drop how much the target falls without it: above 0 where the branch speaks for it
 *
 * @typedef {object} VisualiseOptions Where a number is left out, Lucid's is taken.
 * @property {string | string[]} objective what the picture is to make large, or several of which it is the sum. Each is a class's number or
 *   name, NODE:CHANNEL (its mean), NODE:CHANNEL:centre, NODE (all of it), like:NODE (as the scope's picture has it) or diversity:NODE
 *   (how much `pictures` differ there); before it a factor, as in `-2*NODE:CHANNEL`. Channels are taken before their ReLU.
 * @property {number} [size] rows and columns, 75 to 512; 128
 * @property {number} [steps] 512
 * @property {number} [seed] the same seed yields the same picture; 0
 * @property {number} [pictures] at the same time, of this seed and those after it: 1 to 16, 1
 * @property {number} [rate] of the optimiser, 0.05
 * @property {'fourier' | 'pixels'} [parametrisation] what is optimised: a spectrum, if left out
 * @property {'standard' | 'none'} [transform] `standard`: what the network sees is padded, shifted, scaled and turned at random
 * @property {number} [l1] punishes distance from grey; 0, Lucid's tutorial takes 0.05
 * @property {number} [variation] punishes differences of neighbours; 0, Lucid's tutorial takes 0.25
 * @property {number} [blur] punishes detail; 0, Lucid's tutorial takes 1
 * @property {(step: Visualised) => unknown} [onStep] told after each step; if it answers a promise, the next step waits for that: to pause,
 *   or to keep pace with what is drawn
 * @property {AbortSignal} [signal] stops it
 *
 * @typedef {object} DreamOptions Where a number is left out, that of DeepDream's notebook is taken.
 * @property {string | string[]} objective as of `visualise`, without `like:` and `diversity:`
 * @property {ImageData | null} [picture] what is dreamt of: square, of 75 to 1024 pixels a side; if left out, what the network sees of the
 *   picture that has run
 * @property {number} [iterations] steps at each size, 10
 * @property {number} [octaves] sizes, from coarse to fine; 4, or fewer where the network cannot run at the smallest ones
 * @property {number} [scale] from one size to the next, 1.4
 * @property {number} [strength] mean change of a value in a step, of 255; 1.5
 * @property {number} [jitter] pixels by which the picture is rolled at random before a step, at most; 32
 * @property {number} [seed] the same seed yields the same dream; 0
 * @property {(step: Visualised) => unknown} [onStep] as of `visualise`
 * @property {AbortSignal} [signal] stops it
 *
 * @typedef {object} Visualised A picture that is made, as far as it is.
 * @property {string[]} objective as it was asked for
 * @property {number} done steps that are taken
 * @property {number} of of so many
 * @property {number} width of a dream it grows from octave to octave
 * @property {number} height of several pictures, which stand one below the other, that of all
 * @property {Uint8ClampedArray} rgba as `ImageData` takes it
 * @property {number | null} value of the objective, for what the network saw in the last step, before it was taken; of several
 *   pictures the mean
 * @property {Float64Array} values likewise in all steps
 *
 * @typedef {object} EvaluateOptions
 * @property {EvaluatedPhoto[]} photos
 * @property {1 | 10 | 12 | 144} [crops] of each photo: 1, what the profile does; `inceptionscope evaluate` says what the others are
 * @property {import('./scope.js').Scope[]} [ensemble] other networks of the same classes, which answer too
 * @property {(step: { photo: number, network: number, crops: CropAnswer[] }) => void} [onCrops] told what is known of a photo's crops
 * @property {(answer: PhotoAnswer) => void} [onPhoto] told of each photo when all networks have answered
 * @property {(step: Evaluation) => void} [onStep] told the scores so far
 * @property {AbortSignal} [signal] stops it
 *
 * @typedef {object} EvaluatedPhoto
 * @property {string} name what it is called in lists
 * @property {Exclude<Input, Float32Array>} input a file is read when its turn comes; addresses are fetched first
 * @property {number | null} [class] what it shows, if that is known
 *
 * @typedef {object} CropAnswer What a network says of a crop of a photo, in its pixels.
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {boolean} mirror left to right
 * @property {Guess[] | null} top the most probable classes; null until it was run
 *
 * @typedef {object} PhotoAnswer
 * @property {number} photo its place among the photos
 * @property {string} name
 * @property {number | null} class
 * @property {import('./errors.js').InceptionscopeError | null} error why it could not be used
 * @property {Prediction[]} networks by network: the average of its crops
 * @property {Prediction | null} ensemble the average of all networks
 * @property {CropAnswer[][]} crops by network
 *
 * @typedef {import('./rust.d.ts').Evaluated & Judgement} Evaluation By network, and of the ensemble.
 *
 * @typedef {object} Judgement
 * @property {{ photo: number, name: string, error: import('./errors.js').InceptionscopeError }[]} failed photos that could not be used
 * @property {number} done photos that were answered or could not be used
 * @property {number} of of so many
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
 * @typedef {Maps & { node: string, channel: number, min: number, max: number }} Strongest Of a node the channel with the most energy: its
 *   map, and its least and greatest value before it was shrunk.
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
