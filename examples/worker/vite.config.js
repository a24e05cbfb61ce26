import { defineConfig } from 'vite';

export default defineConfig({
  worker: { format: 'es' },
  // The package is two folders up, beside the examples; one that npm has installed needs no word.
  server: { fs: { allow: ['../..'] } },
});
