// What is looked at on a page: each of these functions runs in the page and returns what is wrong, in words.

/** Marks everything that Tab should reach, and returns the marks. */
export function tabbable() {
  const shown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.closest('[inert]') === null;
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(element => !element.disabled && element.tabIndex >= 0 && shown(element))
    .map((element, number) => (element.dataset.tabTest = `${number} ${element.id || element.dataset.testid || element.textContent.trim().slice(0, 30)}`));
}

/** Texts and controls that lie on each other. What is meant to cover others, the sticky and the fixed, is left out. */
export function overlaps() {
  const floating = element => {
    for (let at = element; at !== null; at = at.parentElement) if (/sticky|fixed/.test(getComputedStyle(at).position)) return true;
    return false;
  };
  const hasText = element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
  const things = [...document.querySelectorAll('body *')].filter(
    element =>
      (element.matches('button, input, select, textarea, img, svg') || hasText(element)) &&
      element.checkVisibility({ visibilityProperty: true }) &&
      element.closest('.hidden, .skip, dialog') === null &&
      element.parentElement.closest('svg, select') === null &&
      !floating(element),
  );
  const shown = things.map(element => ({ element, boxes: visibleBoxes(element) }));
  const wrong = [];
  shown.forEach(({ element, boxes }, i) => {
    for (const other of shown.slice(i + 1)) {
      if (element.contains(other.element) || other.element.contains(element)) continue;
      if (boxes.some(box => other.boxes.some(another => meet(box, another)))) wrong.push(`${name(element)} and ${name(other.element)}`);
    }
  });
  return wrong;

  function meet(one, another) {
    const across = Math.min(one.right, another.right) - Math.max(one.left, another.left);
    const down = Math.min(one.bottom, another.bottom) - Math.max(one.top, another.top);
    return across > 1 && down > 1;
  }

  /** The parts of an element's boxes, one a line, that its scrolling and clipping ancestors show. */
  function visibleBoxes(element) {
    const clips = [];
    for (let at = element.parentElement; at !== null && at !== document.body; at = at.parentElement) {
      const { overflowX, contain } = getComputedStyle(at);
      if (overflowX !== 'visible' || /paint|strict|content/.test(contain)) clips.push(at.getBoundingClientRect());
    }
    return [...element.getClientRects()].map(box => ({
      left: Math.max(box.left, ...clips.map(({ left }) => left)),
      top: Math.max(box.top, ...clips.map(({ top }) => top)),
      right: Math.min(box.right, ...clips.map(({ right }) => right)),
      bottom: Math.min(box.bottom, ...clips.map(({ bottom }) => bottom)),
    }));
  }

  function name(element) {
    return `<${element.localName}${element.id ? `#${element.id}` : ''}> ${element.textContent.trim().slice(0, 24)}`;
  }
}

/** Buttons and headings whose words do not fit, and controls that reach out of the page. */
export function cutOff() {
  return [...document.querySelectorAll('button, h1, h2, .chip, [data-testid="state"], .counters dd, input, select, textarea')]
    .filter(element => element.checkVisibility({ visibilityProperty: true }) && element.closest('.hidden, dialog, .queue-list, .held, .inspector') === null)
    .filter(element => {
      const { left, right } = element.getBoundingClientRect();
      return left < 0 || right > innerWidth + 0.5 || (element.matches('button, h1, h2, .chip, strong, dd') && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline');
    })
    .map(element => `<${element.localName}> ${element.id} ${element.textContent.trim()}`);
}

/** Texts with less contrast to what is behind them than WCAG's AA asks of small text, 4.5. Disabled controls are exempt. */
export function weakContrast() {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = color => {
    if (!known.has(color)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      known.set(color, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(color);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => (part * a + below[i] * (255 - a)) / 255);
  const behind = element => {
    if (element === null) return rgba(getComputedStyle(document.documentElement).colorScheme.includes('dark') && matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#fff').slice(0, 3);
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 255 ? own.slice(0, 3) : over(own, behind(element.parentElement));
  };
  const light = parts => {
    const [r, g, b] = parts.map(part => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (color, back) => {
    const [bright, dark] = [light(over(rgba(color), back)), light(back)].sort((a, b) => b - a);
    return (bright + 0.05) / (dark + 0.05);
  };
  const wrong = new Set();
  for (const element of document.querySelectorAll('body *')) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('.hidden, :disabled, dialog') !== null) continue;
    const back = behind(element);
    const note = (color, what) => {
      const ratio = contrast(color, back);
      if (ratio < 4.5) wrong.add(`${what}: ${ratio.toFixed(2)}`);
    };
    if (element.placeholder) note(getComputedStyle(element, '::placeholder').color, `placeholder ${element.placeholder}`);
    const text = element.matches('input, textarea, select') ? element.value : [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.textContent).join('').trim();
    if (text) note(getComputedStyle(element).color, `<${element.localName}> ${text.slice(0, 30)}`);
  }
  return [...wrong];
}

/** What live regions of the panel say while the age in its banner changes twice. */
export async function saidWhileTicking() {
  const said = [];
  const observer = new MutationObserver(changes => {
    for (const { target } of changes) {
      const live = (target.nodeType === Node.TEXT_NODE ? target.parentElement : target).closest('[role=alert], [role=status], [aria-live]');
      if (live) said.push(live.textContent);
    }
  });
  observer.observe(document.getElementById('zaqar-web'), { subtree: true, childList: true, characterData: true });
  const banner = document.querySelector('[data-testid="banner"]');
  const ages = new Set();
  while (ages.size < 3) {
    ages.add(/What you see is (.*) old/.exec(banner.textContent)[1]);
    await new Promise(requestAnimationFrame);
  }
  observer.disconnect();
  return said;
}
