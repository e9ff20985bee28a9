/**
 * What the Rust runtime tells.
 *
 * @module
 */

/**
 * @typedef {object} ModelInfo What `models()` tells of a network.
 * @property {string} id
 * @property {string} title
 * @property {string} paper
 * @property {number[]} input C, H, W
 * @property {number} params learned values, auxiliary heads left out
 * @property {number} macs multiply-adds, auxiliary heads left out
 * @property {string[]} variants other graphs of the same paper
 * @property {string[]} profiles what published weights imply; the first is the default
 * @property {number} modules
 * @property {number} nodes
 *
 * @typedef {object} Source A public weight file.
 * @property {string} id what `open` takes as weights
 * @property {string} model
 * @property {string} title
 * @property {string} url relative to this module for what comes with it; `npm:` and a package for what is part of one
 * @property {string} [variant]
 * @property {string} [parts] of a folder of files, where the list of them is, relative to this module
 * @property {string | null} page where people can read about it
 * @property {number} bytes
 * @property {string} [sha256]
 * @property {string} licence
 * @property {number} classes
 * @property {string} profile
 * @property {number | null} top1 share of right first answers in per cent, as published
 * @property {string | null} top1_source who published that
 * @property {'yes' | 'no' | 'unknown'} cors whether a page may fetch it
 *
 * @typedef {object} Factorisation A job, and the ways to do it that a paper compares.
 * @property {string} job
 * @property {string} source paper, section and figures
 * @property {number[]} input C, H, W
 * @property {{ how: string, output: number[], params: number, macs: number }[]} ways the first is what the others are compared with
 *
 * @typedef {object} Lane
 * @property {string} label as the papers name it: "3×3"
 * @property {'branch' | 'shortcut' | 'residual'} role
 *
 * @typedef {object} Module A named part of a network: what the papers draw as one box.
 * @property {string} id
 * @property {string} label as the papers name it
 * @property {'stem' | 'inception' | 'reduction' | 'residual' | 'chain' | 'head' | 'auxiliary'} kind
 * @property {Note | null} note
 * @property {Lane[]} lanes
 * @property {string} output the node that is its output
 * @property {number[]} shape of the output: C, H, W or N
 * @property {number} params
 * @property {number} macs
 *
 * @typedef {object} Part A channel range of a concatenation.
 * @property {string} node
 * @property {number} from first channel
 * @property {number} to one past the last channel
 *
 * @typedef {object} Op What an op is; what is usual (stride 1, padding that keeps the size) is left out.
 * @property {string} kind the field's name: `conv2d`, `batch_norm`, `relu`, `add`
 * @property {number[]} [kernel] rows and columns of the window
 * @property {number[]} [stride] down and across
 * @property {boolean} [valid] whether a window larger than 1×1 never reaches over the edge
 * @property {number} [scale] factor of a residual sum's residual
 * @property {number[]} [out] rows and columns of an adaptive pool's output
 * @property {number} [size] channels in a local response norm's window
 *
 * @typedef {object} Note A remark on a node or a module.
 * @property {string} code `dropout`, `auxiliary_loss`, `stride_on_3x3`
 * @property {number} [value] per cent of a dropout, weight of a loss
 *
 * @typedef {object} Node One op.
 * @property {string} id the reference implementation's module path; the contract of weights and traces
 * @property {string} op the field's name: `conv2d`
 * @property {Op[]} ops itself; of a recorded node all that its step computes, in order: convolution, batch norm, ReLU
 * @property {string[]} inputs
 * @property {number[]} shape C, H, W or N
 * @property {number} module index into the graph's modules
 * @property {number | null} lane index into the module's lanes; null where the lanes have joined
 * @property {Note | null} note
 * @property {number} params
 * @property {number} macs
 * @property {boolean} recorded whether the value is kept after a run (any other is recomputed when asked for)
 * @property {string} unit the recorded node that this one is computed together with
 * @property {Part[]} [parts] of a concatenation
 *
 * @typedef {object} Profile What weights imply but do not contain.
 * @property {string} id
 * @property {'rgb' | 'bgr'} order in which the network reads the colours
 * @property {number[]} mean subtracted from each channel, of values 0 to 1
 * @property {number[]} std then divided by
 *
 * @typedef {object} Graph
 * @property {string} model
 * @property {string} title
 * @property {string} paper
 * @property {string | null} variant
 * @property {string[]} variants
 * @property {Profile} profile
 * @property {string[]} profiles
 * @property {number[]} input C, H, W
 * @property {number} classes
 * @property {number} params
 * @property {number} macs
 * @property {Module[]} modules
 * @property {Node[]} nodes in order of execution
 *
 * @typedef {object} Engine What computes, and why that.
 * @property {'gpu' | 'cpu'} engine
 * @property {'chosen' | 'hardware' | 'software' | 'none' | 'lost'} why asked for; there is a GPU; the only GPU is imitated by the CPU;
 *   none can be used; it was lost twice within a minute
 * @property {string | null} adapter the GPU, as far as the browser tells
 * @property {string | null} detail why no GPU can be used
 * @property {boolean} software whether that GPU is the CPU
 *
 * @typedef {object} Tuning Which kernels were found fastest on this GPU.
 * @property {string} adapter
 * @property {Record<string, 'large' | 'medium' | 'small'>} tiles by class of convolutions; empty before anything was measured
 * @property {number} before milliseconds of the convolutions measured, by the choice made without measuring
 * @property {number} after milliseconds that they take now
 * @property {number} took milliseconds of measuring
 *
 * @typedef {object} Guess
 * @property {number} class
 * @property {string} name
 * @property {number} probability
 *
 * @typedef {object} Prediction What an intervention yields.
 * @property {Float32Array} logits
 * @property {Float32Array} probabilities
 * @property {Guess[]} top the most probable classes, best first
 *
 * @typedef {{ kind: 'gain', node: string, channels: number[], factor: number }
 *   | { kind: 'residual_scale', block: string, factor: number, own: number }
 *   | { kind: 'replaced', node: string }} Intervention What is changed: channels of a node are multiplied (by 0: muted), a
 *   residual block has another scale, a node has a given value.
 *
 * @typedef {object} Stats Statistics of a node's value, one entry a channel.
 * @property {number[]} shape
 * @property {Float32Array} min of the finite values
 * @property {Float32Array} mean of the finite values
 * @property {Float32Array} max of the finite values
 * @property {Float32Array} zeros share of exact zeros, 0 to 1
 * @property {Float32Array} energy mean of the squares of the finite values
 * @property {Uint32Array} nonfinite how many values are NaN or infinite
 * @property {Uint32Array} peak row and column of the largest value, one after the other
 *
 * @typedef {object} Maps Some channels of a node's value.
 * @property {number[]} shape channels, rows, columns
 * @property {Float32Array} data row by row, map after map
 *
 * @typedef {object} Histogram
 * @property {number} from the least finite value, where the first bin begins
 * @property {number} to the greatest finite value, where the last bin ends
 * @property {number[]} counts number of values in each of the bins, which are equally wide
 *
 * @typedef {[number, number]} Span First row or column, and one past the last.
 *
 * @typedef {object} ReceptiveFields Which part of the network's input each position of a node's maps
 *   depends on: its row's span by its column's span.
 * @property {(Span | null)[]} rows one entry a row; null where nothing but padding is read
 * @property {(Span | null)[]} columns one entry a column
 *
 * @typedef {object} Term
 * @property {number} channel of the input
 * @property {number} row
 * @property {number} column
 * @property {number} input
 * @property {number} weight its factor
 * @property {number} product of both
 *
 * @typedef {object} Stage What happens to a sum: `x · factor + summand`, or max(x, 0).
 * @property {'bias' | 'batch_norm' | 'constant' | 'sum' | 'relu' | 'gain'} kind
 * @property {string} node of a sum, the one that is added
 * @property {number} factor
 * @property {number} summand
 * @property {number} value the result
 *
 * @typedef {object} Explanation One value and what made it. Numbers that are not finite are null.
 * @property {string} node whose step computed it: for a channel of a concatenation the branch's last
 * @property {number} channel of that node
 * @property {number} row
 * @property {number} column
 * @property {number} value as the engine stored it
 * @property {'products' | 'products_after_relu' | 'max' | 'mean' | 'copy' | 'normalized' | 'softmax' | 'picture'} kernel
 *   what the terms are: inputs and learned weights, inputs of which the largest counts, …
 * @property {string} input the node that is read
 * @property {Span} rows of it that the window covers, padding left out
 * @property {Span} columns
 * @property {Span} channels
 * @property {Term[]} terms the largest by size, largest first
 * @property {number} others number of the other terms
 * @property {number} rest their sum
 * @property {number[]} positions the terms' sum at each position of the window, row by row
 * @property {[number, number][]} strongest input channels whose terms add up to most by size, with that sum
 * @property {number} sum all terms added up, or the largest of them
 * @property {Stage[]} stages what happens to that, in order; the last result is the value, up to rounding
 *
 * @typedef {object} Kernel The weights that a channel is made with.
 * @property {string} node the convolution or linear layer
 * @property {number} first the first input channel that they read
 * @property {number[]} shape input channels, rows, columns
 * @property {Float32Array} data row by row, as in the weight file
 *
 * @typedef {object} StepTime
 * @property {string} node the recorded node
 * @property {number} ms how long it took, with what is computed together with it
 *
 * @typedef {object} Tensor
 * @property {number[]} shape C, H, W or N
 * @property {Float32Array} data
 */

export {};
