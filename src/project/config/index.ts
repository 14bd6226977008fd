/** What an `alga.config.ts` imports as `alga` or `alga/config`. */
export { type AlgaConfig, defineConfig } from './schema.js';
