// From nothing to the first reply, each time in a document of its own.

import { median } from './measure.js';

export async function startup({ rounds, server }) {
  const runs = [];
  for (let round = 0; round < rounds; round++) runs.push(await inFrame(server));
  return Object.fromEntries(Object.keys(runs[0]).map(name => [name, median(runs.map(run => run[name]))]));
}

function inFrame(server) {
  const frame = document.createElement('iframe');
  frame.src = '/startup.html';
  document.body.append(frame);
  return new Promise((resolve, reject) => {
    window.onmessage = ({ data }) => {
      frame.remove();
      if (data.error === undefined) resolve(data);
      else reject(new Error(data.error));
    };
    frame.onload = () => frame.contentWindow.postMessage(server);
  });
}
