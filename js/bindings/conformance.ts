/* Read by the compiler only: what each binding exports must be what its types promise. Checked where the frameworks are, by examples/tsconfig.bindings.json. */

type Kept<Promised, Given extends Promised> = Given;

export type Bindings = [
  Kept<typeof import('./react.api.js'), typeof import('./react.js')>,
  Kept<typeof import('./vue.api.js'), typeof import('./vue.js')>,
  Kept<typeof import('./svelte.api.js'), typeof import('./svelte.js')>,
];
