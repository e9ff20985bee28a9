// What each project does with the package: a photo, and everything that the package brings with it.
import { open, papers } from 'inceptionscope';

/** @param {import('inceptionscope').Addresses} [addresses] */
export async function check(addresses) {
  const scope = await open({ weights: '/weights.safetensors', engine: 'cpu', ...addresses });
  await scope.ready;
  const { top } = await scope.run('/dandelion.jpg');
  const { shape } = await scope.activation('inception3a.branch2.1');
  await scope.run('/icon.png');
  const printed = await papers(addresses);
  const { threads } = scope.engine;
  await scope.dispose();
  return { top: top[0], shape, papers: printed.length, threads };
}
