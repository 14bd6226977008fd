// Runs the tests of an extension with its own vitest; `alga/testing` is found wherever alga is installed.
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../core/entry.js';
import { testRunSchema } from './run.js';

const { root, vitest, usesConfig, inputs, filters, watch, json } = testRunSchema.parse(
  JSON.parse(process.argv[2] ?? ''),
);
const { startVitest } = (await import(pathToFileURL(vitest).href)) as typeof import('vitest/node');
const own = `${packageRoot()}dist/`.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const run = await startVitest(
  'test',
  [...filters],
  {
    root,
    watch,
    ...(usesConfig ? {} : { config: false }),
    ...(json ? { reporters: ['json'] } : {}),
    server: { deps: { external: [/\/node_modules\//, new RegExp(`^(?:file://)?${own}`)] } },
    forceRerunTriggers: ['**/package.json/**', '**/{vitest,vite}.config.*/**', ...inputs],
  },
  {
    plugins: [
      {
        name: 'alga-testing',
        enforce: 'pre',
        resolveId: (id: string) =>
          id === 'alga/testing' ? `${packageRoot()}dist/src/testing/index.js` : undefined,
      },
    ],
  },
);
if (!watch) await run.close();
