import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // The package is two folders up, beside the examples; one that npm has installed needs no word.
  server: { fs: { allow: ['../..'] } },
  resolve: { dedupe: ['react'] },
});
