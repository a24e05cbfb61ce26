// Pages of the projects that the package is tried in. Each says in its title what came of it.

export function module(source) {
  return html(`<script type="module" src="${source}"></script>`);
}

export function html(script) {
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<link rel="icon" href="data:,">\n<title></title>\n${script}\n`;
}

/** Opens a page and waits for its title, or for an error. Resolves to the title and the files loaded from the page's own site. */
export async function visit(browser, url) {
  const page = await browser.context.newPage();
  try {
    const loaded = [];
    const { origin } = new URL(url);
    page.on('request', request => request.url().startsWith(origin) && loaded.push(new URL(request.url()).pathname));
    const failed = new Promise((_, reject) => page.on('pageerror', reject));
    const titled = page.goto(url).then(() => page.waitForFunction(() => document.title !== '', null, { timeout: 30_000 }));
    await Promise.race([failed, titled]);
    return { title: await page.title(), loaded };
  } finally {
    await page.close();
  }
}
