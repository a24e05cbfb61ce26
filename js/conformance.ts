/*
 * Read by the compiler only: what the package exports must be what `api.d.ts` promises. A ZaqarError is received, never
 * made by an application, so its constructor is no part of that.
 */

type Contract = typeof import('./api.js');
type Package = typeof import('./index.js');

type Kept<Promised, Given extends Promised> = Given;

export type Functions = Kept<Omit<Contract, 'ZaqarError'>, Package>;
export type Errors = Kept<InstanceType<Contract['ZaqarError']>, InstanceType<Package['ZaqarError']>>;
