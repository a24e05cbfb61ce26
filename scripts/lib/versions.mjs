// The versions of Zaqar and of Horizon that are run besides the newest, with the newest Keystone. scripts/NAME/ has the requirements of the
// newest, scripts/versions/NAME-VERSION/ those of another, with libraries of its time.

import { readFile, readdir } from 'node:fs/promises';
import { at } from './paths.mjs';
import { Problem } from './run.mjs';

/** The environment variable that chooses a version, here and in what is started from here. */
const variable = name => `${name.toUpperCase()}_VERSION`;

/** What has a child process run that version. */
export const environmentOf = (name, version) => ({ [variable(name)]: version });

/** The requirements.txt of a version, by default of the chosen one. */
export function requirementsOf(name, version = process.env[variable(name)]) {
  return version ? at('scripts', 'versions', `${name}-${version}`, 'requirements.txt') : at('scripts', name, 'requirements.txt');
}

/** Chooses a version of `zaqar` or of `horizon`. */
export async function choose(name, version) {
  const newest = await newestOf(name);
  const others = await othersOf(name);
  if (![newest, ...others].includes(version)) throw new Problem(`There is no ${name} ${version} here; there are ${[...others, newest].join(', ')}.`);
  if (version !== newest) Object.assign(process.env, environmentOf(name, version));
}

/** The versions besides the newest, the oldest first. */
export async function othersOf(name) {
  const folders = await readdir(at('scripts', 'versions'));
  return folders.filter(folder => folder.startsWith(`${name}-`)).map(folder => folder.slice(name.length + 1)).sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

async function newestOf(name) {
  const asked = await readFile(at('scripts', name, 'requirements.in'), 'utf8');
  return new RegExp(`^${name}(?:\\[\\w+\\])?==(\\S+)$`, 'm').exec(asked)[1];
}
