// Elements without markup strings: the page runs under trusted types, and what it shows is other people's data.

export const byId = (id) => document.getElementById(id);

/** `el('button', { class: 'plain', onclick }, 'Copy')` */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Writes only what differs: a counter that ticks must not make a screen reader or the layout start over. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setFlag(node, name, on) {
  if (node.hasAttribute(name) !== Boolean(on)) node.toggleAttribute(name, Boolean(on));
}

/** A button that cannot be pressed for now. If it has the focus, `refuge` gets that: else it would be at the top of the page. */
export function setDisabled(button, off, refuge) {
  if (off && button === document.activeElement) refuge.focus();
  button.disabled = off;
}

/** A button that is at work: to be pressed later, and it keeps the focus, which one that is disabled loses. */
export function setBusy(button, on) {
  button.classList.toggle('disabled', on);
  if (on) button.setAttribute('aria-disabled', 'true');
  else button.removeAttribute('aria-disabled');
}

export const isBusy = (button) => button.hasAttribute('aria-disabled');

/** Whether keys are worth a hint: a phone has none. */
export const hasKeys = () => matchMedia('(hover: hover) and (pointer: fine)').matches;

/** One call of `paint` per frame, however often it is asked for. */
export function framed(paint) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint();
    });
  };
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not a secure context, or not allowed: the old way still works there.
    const area = el('textarea', { class: 'hidden', readonly: true });
    area.value = text;
    document.body.append(area);
    const before = document.activeElement;
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    before?.focus?.();
    return done;
  }
}
