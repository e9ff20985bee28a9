// The types of what the Rust runtime takes and answers. Made of src/ by `cargo xtask types`; do not edit.

/** What one step of a run has done. */
export type Advanced = {
  /** Recorded nodes whose values are there now and were not before. */
  nodes: Array<string>,
  /** What comes next. */
  state: RunState,
  /** Whether there is a prediction. */
  predicted: boolean,
};

/** What a caller asks to be opened; what is left out is what the file says, then the defaults. */
export type Asked = {
  /** `inception_v3`, or with a variant `googlenet:published`. */
  model?: string | null,
  /** Another graph of the same paper. */
  variant?: string | null,
  /** What the weights imply, with overridden fields or without. */
  profile?: string | null,
  /** What the catalogue says of them. */
  listedProfile?: string | null,
  /** Which engine. */
  engine: 'auto' | 'gpu' | 'cpu',
  /** Every convolution as it is defined. */
  direct?: boolean,
  /** Rows and columns of the input. */
  size?: number | null,
  /** Of a training checkpoint the moving average of the weights. */
  ema?: boolean,
};

/** In which order a network reads red, green and blue. */
export type ChannelOrder = "rgb" | "bgr";

/** What the terms of a value are. */
export type Combination = "products" | "products_after_relu" | "max" | "mean" | "copy" | "normalized" | "softmax" | "picture";

/** How a download is known to be the file that is meant. */
export type Contents = "sha256" | "parts" | "name" | "package" | "unverified";

/** Whether a page of another origin may fetch a file. */
export type Cors = "yes" | "no" | "unknown";

/** Which engine runs, and why. */
export type Engine = {
  /** `gpu` or `cpu`. */
  engine: 'gpu' | 'cpu',
  /** Why that one. */
  why: Why,
  /** The GPU's name, if one was found. Browsers may keep it to themselves. */
  adapter: string | null,
  /** Whether that "GPU" is the CPU. */
  software: boolean,
  /** What the browser or the driver says of a GPU that cannot be used. */
  detail: string | null,
};

/** How good networks are. */
export type Evaluated = {
  /** Each alone. */
  networks: Array<Score>,
  /** All together, their probabilities averaged. */
  ensemble: Score,
};

/**
 * One value and what made it: products over a window of the node that is read, their sum, then what
 * happens to the sum. In double precision, from the f32 numbers that the engine read.
 */
export type Explanation = {
  /** The node whose step computed it: for a channel of a concatenation the branch's last. */
  node: string,
  /** Which of its channels. */
  channel: number,
  /** Row. */
  row: number,
  /** Column. */
  column: number,
  /** The value as the engine stored it. */
  value: number,
  /** What the terms are, and how they become one number. */
  kernel: Combination,
  /** The node that is read. */
  input: string,
  /** Rows of it that the window covers, padding left out: first, and one past the last. */
  rows: [number, number],
  /** Columns, likewise. */
  columns: [number, number],
  /** Channels, likewise. */
  channels: [number, number],
  /** The largest terms by size, largest first. */
  terms: Array<Term>,
  /** Number of the other terms. */
  others: number,
  /** Their sum. */
  rest: number,
  /** The terms' sum at each position of the window, row by row. */
  positions: Array<number>,
  /** The input channels whose terms add up to most by size, largest first, with that sum. */
  strongest: Array<[number, number]>,
  /** What the kernel yields: all terms added up, or the largest of them. */
  sum: number,
  /** What happens to that, in order. The last one's result is the value, up to rounding. */
  stages: Array<Stage>,
};

/** One fact about an error: the file, the node, what was expected, what was found. */
export type Fact = string | number | Array<string> | boolean;

/** A job, and ways to do it. */
export type Factorisation = {
  /** "A 5×5 convolution". */
  job: string,
  /** Paper, section and figures. */
  source: string,
  /** What comes in, C,H,W: a size that occurs in the networks. */
  input: Shape,
  /** The first is what the others are compared with. */
  ways: Array<Way>,
};

/** How a photo is resampled. */
export type Filter = "bilinear" | "bicubic" | "corners";

/** A whole network. */
export type Graph = {
  /** `googlenet`. */
  model: string,
  /** "GoogLeNet". */
  title: string,
  /** Authors, year, title, arXiv number. */
  paper: string,
  /** Variant, if it is one. */
  variant: string | null,
  /** All variants. */
  variants: Array<string>,
  /** What the weights imply. */
  profile: Profile,
  /** Ids of all profiles. */
  profiles: Array<string>,
  /** Input shape, C,H,W. */
  input: Shape,
  /** Number of classes. */
  classes: number,
  /** Parameters without auxiliary heads. */
  params: number,
  /** Multiply-adds without auxiliary heads. */
  macs: number,
  /** The classifier's output. */
  logits: string,
  /** In order. */
  modules: Array<Module>,
  /** In execution order. */
  nodes: Array<Node>,
};

/** One of the most probable classes. */
export type Guess = {
  /** Its number. */
  class: number,
  /** Its name. */
  name: string,
  /** From 0 to 1. */
  probability: number,
};

/** How often values occur. */
export type Histogram = {
  /** Where the first bin begins: the least finite value. */
  from: number,
  /** Where the last bin ends: the greatest finite value, which it contains. */
  to: number,
  /** Number of values in each of the bins, which are equally wide. */
  counts: Array<number>,
};

/** One change, to be listed. */
export type Intervention = { "kind": "gain",
  /** The node. */
  node: string,
  /** Its channels; all if none are named. */
  channels: Array<number>,
  /** By which factor: 0 mutes. */
  factor: number, } | { "kind": "residual_scale",
  /** The block. */
  block: string,
  /** Its residual scale. */
  factor: number,
  /** The network's own. */
  own: number, } | { "kind": "replaced",
  /** The node. */
  node: string,
};

/** A photo and the answer to it. */
export type Judged = {
  /** The photo. */
  image: string,
  /** What it shows, where that is known. */
  class: number | null,
  /** The most probable class. */
  predicted: number,
  /** Its probability. */
  probability: number,
  /** The probability of the photo's own class. */
  own: number | null,
};

/** A column of a module. */
export type Lane = {
  /** "1×1", "pool". */
  label: string,
  /** What it is for. */
  role: LaneRole,
  /** Parameters. */
  params: number,
  /** Multiply-adds. */
  macs: number,
};

/** What a lane is in its module. */
export type LaneRole = "branch" | "shortcut" | "residual";

/** One link. */
export type Link = {
  /** Of the other node. */
  channel: number,
  /** Its weights, added up: excitatory if that is more than 0, else inhibitory. */
  sum: number,
  /** The same without their signs. */
  size: number,
  /** Row by row. */
  weights: Array<number>,
};

/**
 * How a channel is linked with those of another node. A value at row `r` reads, through row `k` of a kernel, row
 * `stride · r + k − before`; columns likewise.
 */
export type Links = {
  /** Whether the channel reads the node; else the node reads it. */
  reads: boolean,
  /** The other node: a module's output; in a chain of layers, a ReLU; the picture; the classes. */
  node: string,
  /** Rows and columns of the kernels. */
  shape: [number, number],
  /** Vertically and horizontally. */
  stride: [number, number],
  /** Likewise. */
  before: [number, number],
  /** The sizes of the links with all its channels, listed or not, added up. */
  size: number,
  /** The strongest, largest first. */
  links: Array<Link>,
};

/** What a run holds, in bytes. */
export type Memory = {
  /** Packed weights, biases and batch norms: shared by all runs on the network. */
  weights: number,
  /**
   * All buffers of the plan. Not in it: what a CPU keeps of those of the last gradient, for the next one, and the working
   * memory of Winograd's algorithm on a GPU, 64 MB or less.
   */
  activations: number,
};

/** One line about a network. */
export type ModelInfo = {
  /** `googlenet`. */
  id: string,
  /** "GoogLeNet". */
  title: string,
  /** Authors, year, title, arXiv number. */
  paper: string,
  /** Input shape, C,H,W. */
  input: Shape,
  /** Classes of the published weights. */
  classes: number,
  /** Parameters without auxiliary heads. */
  params: number,
  /** Multiply-adds without auxiliary heads. */
  macs: number,
  /** Number of modules. */
  modules: number,
  /** Number of lanes of all modules. */
  branches: number,
  /** Number of nodes. */
  nodes: number,
  /** Other graphs of the same paper. */
  variants: Array<string>,
  /** What published weights imply; the first is the default. */
  profiles: Array<string>,
};

/** A module. */
export type Module = {
  /** The reference implementation's path. */
  id: string,
  /** As the papers name it. */
  label: string,
  /** What it is. */
  kind: ModuleKind,
  /** What a reader should know. */
  note: Note | null,
  /** Its parallel columns. */
  lanes: Array<Lane>,
  /** The node that leaves it. */
  output: string,
  /** The output's shape. */
  shape: Shape,
  /** Parameters. */
  params: number,
  /** Multiply-adds. */
  macs: number,
};

/** What a module is. */
export type ModuleKind = "stem" | "inception" | "reduction" | "residual" | "chain" | "head" | "auxiliary";

/** A node. */
export type Node = {
  /** The reference implementation's path. */
  id: string,
  /** The field's name for the op. */
  op: string,
  /** Itself; of a recorded node all that its step computes, in order: convolution, batch norm, ReLU. */
  ops: Array<Op>,
  /** What it reads. */
  inputs: Array<string>,
  /** C,H,W, or the length of a vector. */
  shape: Shape,
  /** Index of its module. */
  module: number,
  /** Index of its lane; none after the lanes have joined. */
  lane: number | null,
  /** What a reader should know. */
  note: Note | null,
  /** Parameters. */
  params: number,
  /** Multiply-adds. */
  macs: number,
  /** Whether the default plan records it. */
  recorded: boolean,
  /** The recorded node whose step computes it; itself if recorded. */
  unit: string,
  /** Of a concat: which channels come from where. */
  parts: Array<Part>,
};

/**
 * A remark on a node or a module. It is serialised as `{ "code": …, "value": … }`, so that a page can
 * word it in its own language; [`fmt::Display`] is the English sentence.
 */
export type Note = { "code": "dropout", "value": number } | { "code": "auxiliary_loss", "value": number } | { "code": "kernel_3x3_for_5x5" } | { "code": "stride_on_3x3" } | { "code": "stem_differs" } | { "code": "linear_projection" };

/**
 * An op as data: what it is and the numbers that tell it from others of its kind. What is usual (stride
 * 1, padding that keeps the size) is left out. [`fmt::Display`] says it in a few words:
 * "conv 3×3 /2 V" is a 3×3 convolution with stride 2 and valid padding.
 */
export type Op = {
  /** [`Op::name`]. */
  kind: string,
  /** Rows and columns of the window. */
  kernel?: [number, number],
  /** Vertical and horizontal step, unless both are 1. */
  stride?: [number, number],
  /** True for a window larger than 1×1 that never reaches over the edge: what the papers mark "V". */
  valid?: boolean,
  /** Factor of a residual sum's residual, unless it is 1. */
  scale?: number,
  /** Rows and columns of an adaptive pool's output. */
  out?: [number, number],
  /** Channels in a local response norm's window. */
  size?: number,
};

/** A network that is open. */
export type Opened = {
  /** The network. */
  graph: Graph,
  /** What computes. */
  engine: Engine,
};

/** A table of a paper. */
export type PaperTable = {
  /** `googlenet_layers`. */
  id: string,
  /** Paper and table. */
  source: string,
  /** Ids of the networks that it is about. */
  networks: Array<string>,
  /** Headings. */
  columns: Array<string>,
  /** Cells: strings, numbers or null, as printed. */
  rows: (string | number | null)[][],
};

/** A channel range of a concat. */
export type Part = {
  /** Where the channels come from. */
  node: string,
  /** First channel. */
  from: number,
  /** One past the last channel. */
  to: number,
};

/** A family of published weights and what it was made with: the numbers that no weight file holds. */
export type Profile = {
  /** `torchvision`, `timm`, `keras`, …: its id, without overridden fields. */
  id: string,
  /** Added to the variance in every batch norm. */
  bn_eps: number,
  /** Whether padded average pools count the padding as zeros. */
  count_include_pad: boolean,
  /** Whether padded max pools follow TensorFlow's SAME rule, which pads even sizes at the end only. */
  same_pool: boolean,
  /** Whether the network itself maps ImageNet-normalised pictures to x/127.5 − 1. */
  transform_input: boolean,
  /** In which order the network reads the colours. */
  order: ChannelOrder,
  /** Subtracted from each channel, in `order`, of values 0 to 1. */
  mean: [number, number, number],
  /** Then divided by, in `order`. 1/255 for a network that reads values 0 to 255. */
  std: [number, number, number],
  /** How photos are cut to the input size. */
  resize: Resize,
  /** Rows and columns of the input, if others than the network's own. */
  crop: number | null,
  /** How photos are resampled. */
  filter: Filter,
};

/**
 * Of every position of a node's maps: the rows and columns of the network's input that its value
 * depends on, and no others. A position's receptive field is its row's span by its column's span: the
 * smallest rectangle around all that some path through the graph reaches. Padding is no part of it.
 */
export type ReceptiveFields = {
  /** One entry a row; none where nothing but padding is read. */
  rows: Array<[number, number] | null>,
  /** One entry a column, likewise. */
  columns: Array<[number, number] | null>,
};

/** How a photo becomes a square of the network's input size. */
export type Resize = { "shorter_side": number } | "squash";

/** How far a run is. */
export type RunState = "idle" | "more" | "waiting" | "done";

/** What [`Score`] has. Of a thousand classes few are confused: those that were are listed. */
export type Score = {
  /** Photos. */
  images: number,
  /**
   * Share of the photos with a known class, from 0 to 1, whose class is the most probable one. None without
   * such photos.
   */
  top1: number | null,
  /** The same among the five most probable ones. */
  top5: number | null,
  /** A class, the one that photos of it were taken for, and how many were. */
  confusion: Array<[number, number, number]>,
  /** The photos whose own class is least probable, or whose answer is, where that is not known. */
  worst: Array<Judged>,
  /** The photos whose answer is most probable. */
  certain: Array<Judged>,
};

/** The shape of one value in a network, without the batch axis. */
export type Shape = number[];

/** One weight file. */
export type Source = {
  /** Its id: `inception_v3-tf`. */
  id: string,
  /** The network. */
  model: string,
  /** Another graph of the same paper: `published`. */
  variant?: string,
  /** Its title, for display. */
  title: string,
  /** Where the file is; relative to the site if it comes with it, `npm:` and a package if it is part of one. */
  url: string,
  /** Of a folder of files, where the list of them is, from the site's root on; see [`super::parts`]. */
  parts?: string,
  /** A web page about it. */
  page: string | null,
  /** Which commit of its repository the address names; none where addresses have no revisions. */
  revision?: string,
  /** Size. Exact for what comes with the site, rounded for others. */
  bytes: number,
  /** SHA-256 of the file, where it is known: of what comes with the site. */
  sha256: string | null,
  /** Under which licence it may be used, as its publisher says. */
  licence: string,
  /** Number of classes: 1000 are ImageNet's. */
  classes: number,
  /** Their names, where the file has none and they are not ImageNet's. */
  class_names?: Array<string>,
  /** What the weights imply; see [`crate::net::Profile`]. */
  profile: string,
  /** Share of right first answers in per cent, as published. */
  top1: number | null,
  /** Who published that number. */
  top1_source: string | null,
  /** How a download is verified. */
  contents: Contents,
  /** How reading it is tested. */
  tested: Tested,
  /** Whether the page can fetch it. */
  cors: Cors,
};

/** Something that happens to a sum: `x · factor + summand`, or for a ReLU max(x, 0). */
export type Stage = {
  /** What. */
  kind: StageKind,
  /** The node; of a sum, the one that is added. */
  node: string,
  /** Factor. */
  factor: number,
  /** Summand. */
  summand: number,
  /** The result. */
  value: number,
};

/** What happens to a sum. */
export type StageKind = "bias" | "batch_norm" | "constant" | "sum" | "relu" | "gain";

/** How long one step took. */
export type StepTime = {
  /** The recorded node that the step stores, with which others may be fused. */
  node: string,
  /** Milliseconds. */
  ms: number,
};

/** One term. */
export type Term = {
  /** Where the input is. */
  channel: number,
  /** Row. */
  row: number,
  /** Column. */
  column: number,
  /** The input. */
  input: number,
  /** Its factor. */
  weight: number,
  /** Both multiplied. */
  product: number,
};

/** What of a file the tests have seen. */
export type Tested = "file" | "library" | "description";

/**
 * Which part of a convolution one invocation computes (sizes as in shaders/conv2d.wgsl), or that Winograd's algorithm is
 * used instead.
 */
export type Tile = "large" | "medium" | "small" | "shared" | "deep" | "deeper" | "winograd";

/** What was measured on a device. */
export type Tuning = {
  /** The device, as far as it has a name. */
  adapter: string,
  /** The fastest tile of each class of convolutions, by class. */
  tiles: { [key in string]: Tile },
  /** What the convolutions measured took by the choice made without measuring, in milliseconds. */
  before: number,
  /** What they take now. */
  after: number,
  /** How long the measuring took. */
  took: number,
};

/** What is worth knowing about weights that can be used all the same, with what an error has. */
export type Warning = {
  /** As errors have them: `weights.not_finite`. */
  code: keyof ErrorFacts,
  /** The facts, by name. */
  data: { [key in string]: Fact },
  /** One English sentence. */
  message: string,
};

/** One way to do a job. */
export type Way = {
  /** "Two 3×3". */
  how: string,
  /** What goes out, C,H,W. */
  output: Shape,
  /** Weights. */
  params: number,
  /** Multiply-adds. */
  macs: number,
};

/** Why an engine was chosen. */
export type Why = "chosen" | "hardware" | "software" | "none" | "wrong";

/** What an error's sentence can tell, by the error's code. */
export type ErrorFacts = {
  "answer.no_classifier": { },
  "answer.not_finite": { classes: number, count: number, },
  "argument.text": { name: string, reason: string, },
  "cam.head": { node: string, op: string, },
  "cam.target": { },
  "device.lost": { reason: string, },
  "device.none": { reason: string, },
  "device.refused": { reason: string, what: string, },
  "device.wrong": { expected: string, found: string, shader: string, },
  "engine.misuse": { expected: string, found: string, what: string, },
  "evaluate.classes": { expected: number, found: number, },
  "evaluate.folder": { found: string, near: string[], },
  "gradient.fused": { node: string, },
  "gradient.replaced": { node: string, },
  "gradient.unreached": { node: string, },
  "input.pictures": { found: number, most: number, },
  "input.size": { expected: number, found: number, network: string, node: string, shape: string, },
  "intervention.factor": { factor: number, node: string, },
  "model.unknown": { found: string, known: string[], },
  "node.channel": { channels: number, found: number, node: string, },
  "node.duplicate": { node: string, },
  "node.no_weights": { node: string, },
  "node.not_yet": { node: string, },
  "node.position": { column: number, columns: number, node: string, row: number, rows: number, },
  "node.unknown": { found: string, near?: string, network: string, },
  "occlusion.range": { found: number, most: number, option: string, },
  "op.channels": { expected: number, found: number, node?: string, },
  "op.inputs": { expected: number, found: number, node?: string, },
  "op.mismatch": { expected: string, found: string, node?: string, },
  "op.parameters": { node?: string, problem: string, },
  "op.window": { input: string, node?: string, window: string, },
  "photo.damaged": { reason: string, },
  "photo.format": { found: string, kind: string, },
  "photo.input_size": { height: number, input: number, width: number, },
  "photo.memory": { height: number, width: number, },
  "photo.size": { height: number, limit: number, width: number, },
  "photo.truncated": { },
  "plan.alignment": { node: string, offset: number, part: string, },
  "profile.field": { found: string, known: string[], },
  "profile.unknown": { found: string, known: string[], },
  "profile.value": { expected: string, field: string, found: string, },
  "run.none": { },
  "scope.closed": { },
  "scope.not_known": { },
  "size.fixed": { expected: number, found: number, node: string, },
  "size.range": { found: number, least: number, most: number, },
  "size.unfit": { expected: number, found: number, node: string, },
  "target.ambiguous": { found: string, numbers: string[], },
  "target.class": { classes: number, found: number, },
  "target.unknown": { found: string, near: string[], },
  "variant.unknown": { found: string, known: string[], },
  "visualise.alone": { },
  "visualise.no_photo": { },
  "visualise.not_finite": { steps: number, },
  "weights.assumed_relu": { layer: string, },
  "weights.class_names": { damaged?: boolean, expected: number, file?: string, found: number, },
  "weights.code": { damaged?: boolean, file?: string, function: string, },
  "weights.copies": { others: string[], taken: string, },
  "weights.cut_off": { damaged?: boolean, file?: string, part: string, },
  "weights.damaged": { damaged?: boolean, file?: string, tensor: string, },
  "weights.digest": { damaged?: boolean, expected: string, file?: string, found: string, },
  "weights.file_name": { expected: string, found: string, },
  "weights.format": { damaged?: boolean, file?: string, what: string, },
  "weights.header": { damaged?: boolean, file?: string, problem: string, },
  "weights.header_size": { damaged?: boolean, file?: string, found: number, limit: number, },
  "weights.headless": { },
  "weights.index": { damaged?: boolean, file?: string, shards: string[], },
  "weights.io": { damaged?: boolean, file?: string, problem: string, },
  "weights.metadata": { damaged?: boolean, file?: string, key: string, problem: string, },
  "weights.metadata_ignored": { key: string, value: string, },
  "weights.mismatch": { damaged?: boolean, file?: string, fits: string[], fitting: number, misshaped: string[], missing: string[], network: string, },
  "weights.no_average": { damaged?: boolean, file?: string, },
  "weights.not_finite": { first: string, others: string[], tensor: string, values: number, },
  "weights.not_softmax": { function: string, layer: string, },
  "weights.shard": { damaged?: boolean, file?: string, name: string, },
  "weights.structure": { damaged?: boolean, difference: string, file?: string, what: string, },
  "weights.tensor": { damaged?: boolean, file?: string, problem: string, tensor: string, },
  "weights.too_large": { damaged?: boolean, file?: string, format: string, limit: number, },
  "weights.too_long": { damaged?: boolean, expected: number, file?: string, },
  "weights.truncated": { damaged?: boolean, expected: number, file?: string, found: number, missing: string[], },
  "weights.unknown": { file: string, },
  "weights.unsupported": { advice: string, damaged?: boolean, file?: string, what: string, },
  "weights.value": { at: string, damaged?: boolean, file?: string, problem: string, tensor: string, value: string, },
};
