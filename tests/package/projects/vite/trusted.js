import wasmUrl from 'inceptionscope/pkg/inceptionscope_bg.wasm?url';
import workerUrl from 'inceptionscope/worker?worker&url';
import { check } from '../check.js';

Object.assign(globalThis, { checked: check({ workerUrl, wasmUrl }) });
