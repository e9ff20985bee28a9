import { resolve } from 'node:path';

export default {
  publicDir: '../public',
  build: { rollupOptions: { input: ['index.html', 'trusted.html'].map((page) => resolve(import.meta.dirname, page)) } },
};
