// Numbers, ages and times as a person reads them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const pad = (n, width = 2) => String(n).padStart(width, '0');

export const count = (n) => whole.format(n);

/** "1 message", "1,204 messages"; for what is to be translated there is `ngettext`. */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** Seconds as "4 s", "2 m 10 s", "3 h 5 m", "2 d 4 h". */
export function age(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} m ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} m`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** Milliseconds as "3.2 ms", "340 ms", "2.1 s", "2 m 10 s". */
export function duration(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return age(ms / 1000);
}

/** Messages a second: "0.4/s", "12/s". */
export function rate(perSecond) {
  const size = Math.abs(perSecond);
  return `${size < 10 ? size.toFixed(1) : count(Math.round(size))}/s`;
}

/** Local time of day. Without `exact` the milliseconds are not known and not shown. */
export function clock(ms, exact = true) {
  const at = new Date(ms);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return exact ? `${time}.${pad(at.getMilliseconds(), 3)}` : time;
}

export const iso = (ms) => new Date(ms).toISOString();
