// How a network is opened, as a table: no browser, no runtime.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latest } from '../../www/page/latest.js';
import { idle, step } from '../../www/page/opening.js';

/** @typedef {import('../../www/page/opening.js').Event<string, string>} Event */

/** A sequence of events, the phase and what is shown after it, and what is done in each step. */
const CASES = /** @type {[string, Event[], string, string | null, string[]][]} */ ([
  ['a network is chosen', [choose('a')], 'opening', null, ['open a']],
  ['its graph is there', [choose('a'), graph(1, 'A')], 'streaming', 'A', ['open a', 'show A']],
  ['its weights are there', [choose('a'), graph(1, 'A'), loaded(1)], 'ready', 'A', ['open a', 'show A', 'settle']],
  ['the first one fails', [choose('a'), failed(1)], 'failed', null, ['open a', 'abandon 1', 'settle', 'complain 1']],
  ['its weights break off', [choose('a'), graph(1, 'A'), failed(1)], 'failed', null,
    ['open a', 'show A', 'abandon 1', 'settle', 'complain 1']],
  ['what is shown stays while another is opened', [...ready('a'), choose('b')], 'opening', 'A', ['open b']],
  ['another replaces it', [...ready('a'), choose('b'), graph(2, 'B'), loaded(2)], 'ready', 'B',
    ['open b', 'show B', 'dispose A', 'settle']],
  ['another fails before its graph', [...ready('a'), choose('b'), failed(2)], 'failed', 'A',
    ['open b', 'abandon 2', 'select a', 'settle', 'complain 2 kept']],
  ['another fails while it streams', [...ready('a'), choose('b'), graph(2, 'B'), failed(2)], 'failed', 'A',
    ['open b', 'show B', 'abandon 2', 'select a', 'show A', 'settle', 'complain 2 kept']],
  ['after a failure another is chosen', [...ready('a'), choose('b'), failed(2), choose('c'), graph(3, 'C'), loaded(3)], 'ready', 'C',
    ['open b', 'abandon 2', 'select a', 'settle', 'complain 2 kept', 'open c', 'show C', 'dispose A', 'settle']],
  ['a choice supersedes the one before', [choose('a'), choose('b')], 'opening', null, ['open a', 'abandon 1', 'open b']],
  ['its graph comes too late', [choose('a'), choose('b'), graph(1, 'A')], 'opening', null,
    ['open a', 'abandon 1', 'open b', 'dispose A']],
  ['its end comes too late', [choose('a'), choose('b'), failed(1), loaded(1)], 'opening', null, ['open a', 'abandon 1', 'open b']],
  ['the second fails before anything was ready: the first is opened again', [choose('a'), choose('b'), failed(2)], 'opening', null,
    ['open a', 'abandon 1', 'open b', 'abandon 2', 'select a', 'open a']],
  ['and the failure is told when it is there', [choose('a'), choose('b'), failed(2), graph(3, 'A'), loaded(3)], 'ready', 'A',
    ['open a', 'abandon 1', 'open b', 'abandon 2', 'select a', 'open a', 'show A', 'settle', 'complain 2 kept']],
  ['or fails too, which is not tried for ever', [choose('a'), choose('b'), failed(2), failed(3)], 'failed', null,
    ['open a', 'abandon 1', 'open b', 'abandon 2', 'select a', 'open a', 'abandon 3', 'settle', 'complain 2']],
  ['the first is cancelled', [choose('a'), cancel()], 'idle', null, ['open a', 'abandon 1', 'settle']],
  ['another is cancelled', [...ready('a'), choose('b'), graph(2, 'B'), cancel()], 'ready', 'A',
    ['open b', 'show B', 'abandon 2', 'select a', 'show A', 'settle']],
  ['there is nothing to cancel', [...ready('a'), cancel()], 'ready', 'A', []],
  ['a file says which network it is',
    [choose('own'), { type: 'graph', attempt: 1, network: 'V', choice: 'v' }, loaded(1), choose('b'), failed(2)],
    'failed', 'V', ['open own', 'show V', 'settle', 'open b', 'abandon 2', 'select v', 'settle', 'complain 2 kept']],
]);

/** @param {string} choice @returns {Event} */
function choose(choice) { return { type: 'choose', choice }; }
/** @param {number} attempt @param {string} network @returns {Event} */
function graph(attempt, network) { return { type: 'graph', attempt, network, choice: network.toLowerCase() }; }
/** @param {number} attempt @returns {Event} */
function loaded(attempt) { return { type: 'loaded', attempt }; }
/** @param {number} attempt @returns {Event} */
function failed(attempt) { return { type: 'failed', attempt, error: attempt }; }
/** @returns {Event} */
function cancel() { return { type: 'cancel' }; }
/** A network that is there: what is done for it is not listed. @param {string} choice */
function ready(choice) { return [choose(choice), graph(1, choice.toUpperCase()), loaded(1)]; }

/** @param {import('../../www/page/opening.js').Effect<string, string>} effect */
function told(effect) {
  switch (effect.do) {
    case 'abandon': return `abandon ${effect.attempt}`;
    case 'open': case 'select': return `${effect.do} ${effect.choice}`;
    case 'show': case 'dispose': return `${effect.do} ${effect.network}`;
    case 'settle': return 'settle';
    case 'complain': return `complain ${effect.error}${effect.kept ? ' kept' : ''}`;
  }
}

for (const [name, events, phase, shown, expected] of CASES) {
  test(`opening: ${name}`, () => {
    /** @type {import('../../www/page/opening.js').Opening<string, string>} */
    let state = idle();
    /** @type {string[]} */
    let done = [];
    events.forEach((event, i) => {
      const { state: next, effects } = step(state, event);
      state = next;
      done.push(...effects.map(told));
      if (i === 2 && done.join() === 'open a,show A,settle' && events.length > 3) done = [];
    });
    assert.deepEqual([state.phase, state.shown?.network ?? null, done], [phase, shown, expected]);
  });
}

test('a slider: one call at a time, and the last value wins', async () => {
  /** @type {[number, boolean][]} */
  const calls = [];
  let running = 0;
  const push = latest(async (isLast, /** @type {number} */ value) => {
    running += 1;
    assert.equal(running, 1, 'two calls are in flight');
    await new Promise((done) => setTimeout(done, 5));
    running -= 1;
    calls.push([value, isLast()]);
  });
  await Promise.all([1, 2, 3, 4].map((value) => push(value)));
  assert.deepEqual(calls, [[1, false], [4, true]]);
  await push(5);
  assert.deepEqual(calls.at(-1), [5, true]);
});

test('a slider goes on after a call that failed', async () => {
  const push = latest(async (_, /** @type {boolean} */ fails) => {
    if (fails) throw new Error('refused');
  });
  await assert.rejects(push(true), /refused/);
  await push(false);
});
