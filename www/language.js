// The page's language. Every text of the page goes through one table, words/LANGUAGE.json, by its English words:
//
//   { "Create": "Anlegen", "%(n)s message": { "one": "%(n)s Nachricht", "other": "%(n)s Nachrichten" } }
//
// What is to be translated is listed by `node scripts/words.mjs LANGUAGE`. A text that the table does not have stays in English.
import { gettext } from './ui/i18n.js';

/** Those that have a table; English needs none. */
const LANGUAGES = ['de'];
/** What a reader sees or hears of an element besides its text. */
const ATTRIBUTES = { title: '', placeholder: '', 'aria-label': '', content: '[name="description"]' };

/** Before any text is made: finds the table of the reader's language, and translates what is in the page already. */
export async function speak() {
  // `?language=` is for who writes a table and wants to see it.
  const language = new URLSearchParams(location.search).get('language') ?? chosen(navigator.languages);
  const table = language && await read(language);
  if (!table) return;
  const rules = new Intl.PluralRules(language);
  globalThis.gettext = (text) => table[text] ?? text;
  globalThis.ngettext = (one, many, n) => table[one]?.[rules.select(n)] ?? table[one]?.other ?? (n === 1 ? one : many);
  document.documentElement.lang = language;
  translate(document);
}

/** The first that the reader wants and that is there; none if that is English. */
function chosen(wanted) {
  const found = wanted.map((tag) => tag.split('-')[0]).find((each) => each === 'en' || LANGUAGES.includes(each));
  return found === 'en' ? undefined : found;
}

async function read(language) {
  if (!/^[a-z]{2,3}$/.test(language)) return undefined;
  const answer = await fetch(`words/${language}.json`);
  return answer.ok ? answer.json() : undefined;
}

function translate(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) => (node.parentElement.closest('script, code') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  while (texts.nextNode()) {
    const { currentNode: node } = texts;
    const words = node.data.trim();
    if (words) node.data = node.data.replace(words, () => gettext(words));
  }
  for (const [name, where] of Object.entries(ATTRIBUTES)) {
    for (const element of root.querySelectorAll(`${where}[${name}]`)) element.setAttribute(name, gettext(element.getAttribute(name)));
  }
}
