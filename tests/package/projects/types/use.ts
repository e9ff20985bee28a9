import { InceptionscopeError, open, type OpenOptions, type Result, type Scope } from 'inceptionscope';

const options: OpenOptions = { model: 'googlenet', weights: new URL('https://example.org/w.safetensors'), engine: 'auto', assetsUrl: '/copy' };
const scope: Scope = await open(options);
const { top, seen }: Result = await scope.run('photo.jpg', { crop: { x: 0, y: 0, size: 224 }, onNode: (node) => node.length });
const several: Result[] = await scope.run(['a.jpg', new Blob(), new URL('https://example.org/b.png')] as const, { resize: false });
export const best: string | null | undefined = top[0]?.name;
export const width: number | undefined = seen?.photoWidth;
export const data: Float32Array = (await scope.activation('inception3a')).data;
export const shape: number[] = (await scope.stats('inception3a')).shape;
export const why: Float32Array = (await scope.explain({ method: 'cam', target: 1 })).map;
export const kind: string = scope.graph.nodes[0]!.id;
export const worst: string | null | undefined = several.at(-1)?.top[0]?.name;
export const isOurs = (error: unknown): error is InceptionscopeError => error instanceof InceptionscopeError && error.code === 'node.unknown';

// @ts-expect-error an engine that does not exist
await open({ engine: 'tpu' });
// @ts-expect-error no number
await scope.activation(3);
// @ts-expect-error several pictures have several answers
export const single: Result = await scope.run(['a.jpg']);
