import type { ShareOptions } from './api.js';
import { record, texts } from './check.js';
import { invalid } from './errors.js';

/** The body of `queue_share`, but for the queue: what is left out, the server chooses. */
export function sharing(options: ShareOptions): Record<string, unknown> {
  const { paths, methods, expires } = record(options, 'the options of share') as ShareOptions;
  return {
    paths: paths && texts(paths, 'paths'),
    methods: methods && texts(methods, 'methods'),
    expires: expires && timestamp(expires),
  };
}

/** Zaqar takes UTC to the second, and no sign of a zone. */
function timestamp(date: Date): string {
  if (!(date instanceof Date) || Number.isNaN(+date)) throw invalid('expires must be a valid Date');
  return date.toISOString().slice(0, 19);
}
