/*
 * Read by the compiler only: what each entry exports must be what its types promise. A ZaqarError is received, never made by
 * an application, so its constructor is no part of that.
 */

type Contract = Omit<typeof import('./api.js'), 'ZaqarError'>;

type Kept<Promised, Given extends Promised> = Given;

export type Entries = [
  Kept<Contract, typeof import('./index.js')>,
  Kept<Contract, typeof import('./inline.js')>,
  Kept<Contract, typeof import('./node.js')>,
  Kept<Omit<typeof import('./slim.api.js'), 'ZaqarError'>, typeof import('./slim.js')>,
];
export type Errors = Kept<InstanceType<typeof import('./api.js').ZaqarError>, InstanceType<typeof import('./index.js').ZaqarError>>;
