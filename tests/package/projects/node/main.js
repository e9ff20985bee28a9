// Addresses are relative to the folder in which Node was started.
import { catalogue, InceptionscopeError, open, papers } from 'inceptionscope';

const scope = await open({ weights: 'weights.safetensors' });
await scope.ready;
const { top } = await scope.run('dandelion.jpg');
const { shape, data } = await scope.activation('inception3a.branch2.1');
const [icon, again] = await scope.run(['icon.png', 'dandelion.jpg']);
const several = [icon.top.length, again.top[0].name];
const wrong = await scope.run(['icon.png', 'missing.jpg']).catch((error) => [error.code, error.data.index]);
const missing = await scope.run('missing.jpg').catch((error) => (error instanceof InceptionscopeError ? error.code : String(error)));
const { engine } = scope.engine;
// Those that come with the site alone have no address here.
const nowhere = (await catalogue()).filter(({ url }) => !URL.canParse(url)).length;
const values = data.length;
console.log(JSON.stringify({ top: top[0], shape, values, papers: (await papers()).length, missing, nowhere, engine, several, wrong }));
// The process ends, although the network is still open.
