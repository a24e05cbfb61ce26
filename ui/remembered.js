// Which claims a page holds, kept for a reload of it: nothing on the server lists claims, and only who has the id of one can renew or
// release it. Ids alone are kept, and as long as the tab is there.

/** The claims of a project: `all()` gives them as `{ queue, id, grace }`, the oldest first. */
export function rememberedClaims(projectId) {
  const key = `zaqar-web-claims ${projectId}`;

  function all() {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  }

  function write(claims) {
    try {
      sessionStorage.setItem(key, JSON.stringify(claims));
    } catch {
      // There is no room, or it is not allowed: a reload loses them.
    }
  }

  const others = (id) => all().filter((claim) => claim.id !== id);
  return {
    all,
    keep: ({ queue, id, grace }) => write([...others(id), { queue, id, grace }]),
    drop: (id) => write(others(id)),
  };
}

/** Asks for these claims, and calls `found(claim, { queue, grace })` for each that lasts. One that has ended is forgotten. */
export async function takeUp(client, remembered, claims, found) {
  for (const { queue, id, grace } of claims) {
    try {
      found(await client.queue(queue).getClaim(id), { queue, grace });
    } catch (error) {
      if (['not-found', 'claim-lost', 'invalid-argument'].includes(error?.code)) remembered.drop(id);
    }
  }
}
