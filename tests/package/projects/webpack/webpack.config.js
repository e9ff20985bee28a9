import { resolve } from 'node:path';

export default {
  mode: 'production',
  context: import.meta.dirname,
  entry: './main.js',
  output: { path: resolve(import.meta.dirname, 'dist') },
};
