import type { CatalogEntry } from './api.js';
import { invalid } from './errors.js';

const SERVICES = { rest: 'messaging', websocket: 'messaging-websocket' } as const;

/**
 * Picks Zaqar's endpoints out of a Keystone service catalog, in the form that `connect` takes.
 *
 * @example
 * const client = await connect({ ...endpoints(token.catalog, { region: 'RegionOne' }), projectId, token: id });
 */
export function endpoints(
  catalog: readonly CatalogEntry[],
  choose: { region?: string; interface?: 'public' | 'internal' | 'admin' } = {},
): { rest?: string; websocket?: string } {
  if (!Array.isArray(catalog)) throw invalid('the catalog must be an array, as in `token.catalog` of Keystone');
  const { region, interface: wanted = 'public' } = choose;
  const found: { rest?: string; websocket?: string } = {};
  for (const [name, type] of Object.entries(SERVICES) as ['rest' | 'websocket', string][]) {
    const match = (catalog as readonly CatalogEntry[])
      .filter(service => service?.type === type)
      .flatMap(service => service.endpoints ?? [])
      .find(at => at.interface === wanted && (region === undefined || at.region === region || at.region_id === region));
    if (match) found[name] = match.url;
  }
  return found;
}
