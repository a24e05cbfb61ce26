// The half of asking-page.mjs that runs in the page.

import * as zaqar from '/pkg/index.js';
import { decode, encode } from '/asking.mjs';

window.zaqar = zaqar;
window.asking = { call: (name, values) => tell('call', { name, values }) };

const tell = (name, value) => fetch(name, { method: 'POST', body: encode(value) }).then(answer => answer.text()).then(decode);
const problem = text => void tell('problem', text).catch(() => {});

addEventListener('error', ({ message, error }) => problem(`uncaught: ${error?.stack ?? message}`));
addEventListener('unhandledrejection', ({ reason }) => problem(`unhandled: ${reason?.stack ?? reason}`));
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => problem(`policy: ${violatedDirective} ${blockedURI}`));
for (const level of ['error', 'warn']) {
  const say = console[level];
  console[level] = (...values) => {
    problem(`console: ${values.join(' ')}`);
    say.apply(console, values);
  };
}

/** Goes elsewhere; resolves when the page is come back to. */
function leave(url) {
  const back = new Promise(resolve => addEventListener('pageshow', resolve, { once: true }));
  location.href = url;
  return back;
}

async function run({ id, script, argument }) {
  try {
    const { default: body } = await import(script);
    await tell('result', { id, value: await body(argument) });
  } catch (error) {
    await tell('result', { id, error: `${error}\n${error?.stack ?? ''}` });
  }
}

for (let taken = 0; ; ) {
  try {
    const todo = decode(await (await fetch(`next?taken=${taken}`)).text());
    if (!todo) continue;
    taken = todo.id;
    if (todo.leave) await leave(todo.leave);
    else void run(todo);
  } catch {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
