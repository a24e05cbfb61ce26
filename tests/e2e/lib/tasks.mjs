// How long a page is busy at a stretch, in time of the processor: on a machine that does other things as well, the time of the clock
// says little.

/** Does `work` and returns the milliseconds of the longest task of the page's main thread meanwhile. */
export async function longestTask(page, work) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] } });
  try {
    await work();
  } finally {
    const complete = new Promise(resolve => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    await session.detach();
  }
  return longest(events);
}

function longest(events) {
  const main = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(place));
  const tasks = events.filter(event => /RunTask$/.test(event.name) && event.tdur !== undefined && main.has(place(event)));
  if (tasks.length === 0) throw new Error('no task was traced');
  return Math.max(...tasks.map(({ tdur }) => tdur)) / 1_000;
}

const place = ({ pid, tid }) => `${pid} ${tid}`;
