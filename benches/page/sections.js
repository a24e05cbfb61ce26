// Runs the sections that the bench server asks for and tells it what came of them; the same in every browser.

export async function runSections(sections) {
  try {
    if (!crossOriginIsolated) throw new Error('the page is not isolated: its clock is coarse');
    const { wanted, ...options } = await (await fetch('/config.json')).json();
    const collect = async () => (await (await fetch('/collect')).json()).heap;
    for (const section of wanted) await tell('/result', { section, result: await sections[section]({ ...options, collect }) });
    await tell('/done', {});
  } catch (error) {
    await tell('/done', { error: String(error.stack ?? error) });
  }
}

function tell(path, body) {
  return fetch(path, { method: 'POST', body: JSON.stringify(body) });
}
