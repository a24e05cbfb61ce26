// What the page's own server says of where Zaqar is.

export async function readConfig() {
  const answer = await fetch('/config.json');
  if (!answer.ok) throw new Error(`The page's configuration is missing: /config.json answered ${answer.status}.`);
  return answer.json();
}

/** Whether the page's server has other addresses by now than these: the demo was started again, on other ports. */
export async function hasMoved({ websocket, rest }) {
  const now = await readConfig().catch(() => null);
  return now !== null && (now.websocket !== websocket || now.rest !== rest);
}
