/**
 * How a network is opened, as a state machine: what happened and what was, in; what is and what is to be done, out.
 * Nothing here touches the page or the runtime.
 *
 * | phase       | what is shown                                                      |
 * | ----------- | ------------------------------------------------------------------ |
 * | `idle`      | nothing yet                                                        |
 * | `opening`   | what was shown before: the new network's graph is not known yet    |
 * | `streaming` | the new network, which fills in as its weights arrive              |
 * | `ready`     | the network, with all its weights                                  |
 * | `failed`    | the last network that was ready, if there is one                   |
 *
 * @template Choice, Network
 * @typedef {object} Opening
 * @property {'idle' | 'opening' | 'streaming' | 'ready' | 'failed'} phase
 * @property {number} attempt counts what was chosen; answers to an earlier attempt come too late
 * @property {Choice | null} choice what is opened or open
 * @property {Choice | null} before what was being opened when this was chosen, and is opened again if this fails
 * @property {Opened<Choice, Network> | null} shown
 * @property {Opened<Choice, Network> | null} kept the last network whose weights were all there
 * @property {unknown} excuse why another choice failed: told once this one is ready, or has failed too
 */

/**
 * @template Choice, Network
 * @typedef {{ choice: Choice, network: Network }} Opened
 */

/**
 * @template Choice, Network
 * @typedef {{ type: 'choose', choice: Choice }
 *   | { type: 'graph', attempt: number, network: Network, choice: Choice }
 *   | { type: 'loaded', attempt: number }
 *   | { type: 'failed', attempt: number, error: unknown }
 *   | { type: 'cancel' }} Event
 */

/**
 * What is to be done, in this order.
 * @template Choice, Network
 * @typedef {{ do: 'abandon', attempt: number }
 *   | { do: 'dispose', network: Network }
 *   | { do: 'select', choice: Choice }
 *   | { do: 'open', attempt: number, choice: Choice }
 *   | { do: 'show', network: Network, choice: Choice }
 *   | { do: 'settle' }
 *   | { do: 'complain', error: unknown, kept: boolean }} Effect
 */

/** @returns {Opening<any, any>} */
export const idle = () => ({
  phase: 'idle',
  attempt: 0,
  choice: null,
  before: null,
  shown: null,
  kept: null,
  excuse: null,
});

/** Whether a network is on its way. @param {Pick<Opening<any, any>, 'phase'>} opening */
export const isBusy = ({ phase }) => phase === 'opening' || phase === 'streaming';

/**
 * @template Choice, Network
 * @param {Opening<Choice, Network>} state
 * @param {Event<Choice, Network>} event
 * @returns {{ state: Opening<Choice, Network>, effects: Effect<Choice, Network>[] }}
 */
export function step(state, event) {
  if ('attempt' in event && (event.attempt !== state.attempt || !isBusy(state))) {
    const late = event.type === 'graph' ? [/** @type {const} */ ({ do: 'dispose', network: event.network })] : [];
    return { state, effects: late };
  }
  switch (event.type) {
    case 'choose':
      return choose(state, event.choice);
    case 'graph':
      return arrive(state, event.network, event.choice);
    case 'loaded':
      return load(state);
    case 'failed':
      return fail(state, event.error);
    case 'cancel':
      return isBusy(state) ? cancel(state) : { state, effects: [] };
  }
}

/** @type {<C, N>(state: Opening<C, N>, choice: C, excuse?: unknown) => ReturnType<typeof step<C, N>>} */
function choose(state, choice, excuse = null) {
  const attempt = state.attempt + 1;
  const before = isBusy(state) && !state.kept && !excuse ? state.choice : null;
  return {
    state: { ...state, phase: 'opening', attempt, choice, before, excuse },
    effects: [...abandoned(state), { do: 'open', attempt, choice }],
  };
}

/**
 * A weight file may say that it is of another network than the one chosen.
 * @type {<C, N>(state: Opening<C, N>, network: N, choice: C) => ReturnType<typeof step<C, N>>}
 */
function arrive(state, network, choice) {
  const shown = { choice, network };
  return { state: { ...state, phase: 'streaming', choice, shown }, effects: [{ do: 'show', network, choice }] };
}

/** @type {<C, N>(state: Opening<C, N>) => ReturnType<typeof step<C, N>>} */
function load(state) {
  const { kept, shown, excuse } = state;
  return {
    state: { ...state, phase: 'ready', before: null, kept: shown, excuse: null },
    effects: [
      ...(kept && kept !== shown ? [/** @type {const} */ ({ do: 'dispose', network: kept.network })] : []),
      { do: 'settle' },
      ...(excuse ? [/** @type {const} */ ({ do: 'complain', error: excuse, kept: true })] : []),
    ],
  };
}

/** @type {<C, N>(state: Opening<C, N>, error: unknown) => ReturnType<typeof step<C, N>>} */
function fail(state, error) {
  const { kept, before, excuse } = state;
  if (!kept && before) {
    // What was chosen before had not arrived yet either: it is fetched again.
    const again = choose(state, before, error);
    return {
      state: again.state,
      effects: [again.effects[0], { do: 'select', choice: before }, ...again.effects.slice(1)],
    };
  }
  const back = goBack(state, 'failed');
  back.effects.push({ do: 'complain', error: excuse ?? error, kept: kept !== null });
  return back;
}

/** @type {<C, N>(state: Opening<C, N>) => ReturnType<typeof step<C, N>>} */
const cancel = (state) => goBack(state, state.kept ? 'ready' : 'idle');

/**
 * Shows again what was ready before.
 * @type {<C, N>(state: Opening<C, N>, phase: Opening<C, N>['phase']) => ReturnType<typeof step<C, N>>}
 */
function goBack(state, phase) {
  const { kept, shown } = state;
  const choice = kept?.choice ?? state.choice;
  return {
    state: { ...state, phase, choice, before: null, shown: kept, excuse: null },
    effects: [
      ...abandoned(state),
      ...(kept ? [/** @type {const} */ ({ do: 'select', choice: kept.choice })] : []),
      ...(kept && kept !== shown ? [/** @type {const} */ ({ do: 'show', ...kept })] : []),
      { do: 'settle' },
    ],
  };
}

/** What is on its way is given up. @type {<C, N>(state: Opening<C, N>) => Effect<C, N>[]} */
const abandoned = (state) => (isBusy(state) ? [{ do: 'abandon', attempt: state.attempt }] : []);
