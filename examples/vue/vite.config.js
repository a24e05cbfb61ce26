import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  // The package is two folders up, beside the examples; one that npm has installed needs no word.
  server: { fs: { allow: ['../..'] } },
});
