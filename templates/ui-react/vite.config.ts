import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Relative addresses (`base: './'`) because the page is served below a path that holds the bundle's hash.
export default defineConfig({
  root: 'ui',
  base: './',
  plugins: [react()],
  build: { outDir: '../dist/ui', emptyOutDir: true },
});
