import { check } from '../check.js';

Object.assign(globalThis, { checked: check() });
