/**
 * How long a page keeps its main thread busy, in processor time: other work on the machine makes tasks wait, not longer.
 *
 * @typedef {object} Task
 * @property {number} ms processor time
 * @property {string[]} stamps of `console.timeStamp` within it
 *
 * @typedef {{ name: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args: any }} Event
 */

/**
 * The tasks of the thread that `console.timeStamp` was called on while something was done.
 * @param {import('playwright-core').BrowserContext} browser
 * @param {import('playwright-core').Page} page
 * @param {() => Promise<void>} act
 * @returns {Promise<Task[]>}
 */
export async function tasksDuring(browser, page, act) {
  const devtools = await browser.newCDPSession(page);
  /** @type {Event[]} */
  const events = [];
  devtools.on('Tracing.dataCollected', ({ value }) => void events.push(.../** @type {any[]} */ (value)));
  const includedCategories = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
  await act();
  const complete = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
  await devtools.send('Tracing.end');
  await complete;
  await devtools.detach();
  const threadOf = (/** @type {Event} */ { pid, tid }) => `${pid} ${tid}`;
  const stamps = events.filter(({ name }) => name === 'TimeStamp');
  const tasks = events.filter((event) => event.name.endsWith('RunTask') && event.tdur && threadOf(event) === threadOf(stamps[0]));
  return tasks.map(({ ts, dur = 0, tdur = 0 }) => ({
    ms: tdur / 1000,
    stamps: stamps.filter((stamp) => stamp.ts >= ts && stamp.ts <= ts + dur).map(({ args }) => args.data.message),
  }));
}
