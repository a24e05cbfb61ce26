import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  // The package is two folders up, beside the examples; one that npm has installed needs no word.
  server: { fs: { allow: ['../..'] } },
});
