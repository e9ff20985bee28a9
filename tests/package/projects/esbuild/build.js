import { build } from 'esbuild';

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['main.js'],
  bundle: true,
  format: 'esm',
  outdir: 'dist',
});
