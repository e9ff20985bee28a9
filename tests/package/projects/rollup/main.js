import { check } from '../check.js';

// A copy of the package's files, which the build has put here.
Object.assign(globalThis, { checked: check({ assetsUrl: '/inceptionscope' }) });
