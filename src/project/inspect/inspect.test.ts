import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectProject, validateProject } from './index.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-inspect-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const manifest = {
  name: 'com.example.demo',
  publisher: 'Ex',
  version: '1.0.0',
  runtime: 'wasm-js@1',
  ui: { type: 'iframe', entry: 'ui/index.html' },
  api: { endpoints: [{ method: 'get', path: 'hello', handler: 'dist/main' }] },
};

async function write(files: Record<string, string | object>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(
      join(root, name),
      typeof content === 'string' ? content : JSON.stringify(content, null, 2),
    );
  }
}

const HANDLER = `import { jsonResponse } from '@alga-psa/extension-runtime';
import { logInfo } from 'alga:extension/logging';
export const handler = (request: unknown) => jsonResponse(request, logInfo('x'));
`;

describe('inspectProject', () => {
  it('tells all that is known, and what each step runs', async () => {
    await write({
      'manifest.json': manifest,
      'package.json': { dependencies: { '@alga-psa/extension-runtime': '^0.3.0' } },
      'pnpm-lock.yaml': '',
      'tsconfig.json': '{}',
      'alga.config.json': { port: 4000 },
      'src/handler.ts': HANDLER,
      'ui/index.html': '<script type="module" src="./main.ts"></script>',
      'ui/main.ts': 'export {};',
      'node_modules/@alga-psa/extension-runtime/package.json': '{}',
      '.alga/secrets.env': 'TOKEN=verysecret',
      '.gitignore': '.alga/',
    });
    const inspection = await inspectProject(root, { env: { ALGA_OPEN: 'yes' } });
    expect(inspection).toMatchObject({
      root,
      manifest: 'manifest.json',
      endpoints: ['GET /hello'],
      handler: {
        entry: 'src/handler.ts',
        root: '.',
        modules: ['src/handler.ts'],
        hostInterfaces: ['alga:extension/logging'],
        packages: ['@alga-psa/extension-runtime'],
      },
      ui: { root: 'ui', kind: 'vite' },
      packageManager: { name: 'pnpm', why: 'pnpm-lock.yaml' },
      warnings: [],
    });
    expect(inspection.steps.map(({ step }) => step)).toEqual([
      'validate',
      'types',
      'component',
      'ui',
      'pack',
    ]);
    expect(inspection.config).toMatchObject({
      file: 'alga.config.json',
      settings: { port: { value: 4000, from: 'file' }, open: { value: true, from: 'environment' } },
      secrets: ['TOKEN'],
    });
    expect(JSON.stringify(inspection)).not.toContain('verysecret');
  });

  it('says which build commands of the project are run', async () => {
    await write({
      'manifest.json': manifest,
      'alga.config.json': {
        component: { build: 'cargo component build' },
        ui: { build: ['make', 'ui'], output: 'out' },
      },
      'out/index.html': '',
    });
    const { steps } = await inspectProject(root, { env: {} });
    expect(steps.map(({ does }) => does).slice(1)).toEqual([
      'run "cargo component build", then take dist/main.wasm',
      'run "make ui", then take out/',
      'put manifest.json, dist/main.wasm, ui/ into bundle.tar.zst',
    ]);
  });
});

describe('missing packages', () => {
  const found = async () => {
    const { warnings } = await inspectProject(root, { env: {} });
    return warnings.map(({ code, hint, line }) => `${code}:${line ?? ''} ${hint}`);
  };

  it('that are declared but not installed', async () => {
    await write({
      'manifest.json': manifest,
      'package.json': { dependencies: { '@alga-psa/extension-runtime': '^0.3.0', react: '^19.0.0' } },
      'yarn.lock': '',
      'src/handler.ts': HANDLER,
      'ui/index.html': '<script type="module" src="./main.tsx"></script>',
      'ui/main.tsx': "import { createRoot } from 'react/client';",
    });
    expect(await found()).toEqual(['DEPENDENCIES_NOT_INSTALLED: Run: yarn install']);
  });

  it('that are not declared, each with the command that adds it', async () => {
    await write({
      'manifest.json': manifest,
      'package.json': '{}',
      'src/handler.ts': `import { z } from 'zod/v4';\nimport r from '@alga/extension-runtime';\nimport x from 'node:fs';\n${HANDLER}`,
      'ui/index.html': '',
      'node_modules/@alga-psa/extension-runtime/package.json': '{}',
    });
    expect((await found()).filter((line) => line.startsWith('DEPENDENCY'))).toEqual([
      'DEPENDENCY_MISSING:1 Run: npm install zod',
      'DEPENDENCY_MISSING:2 Run: npm install @alga-psa/extension-runtime',
    ]);
  });

  it('that are to come from a folder of another machine', async () => {
    await write({
      'manifest.json': manifest,
      'package.json': { name: 'x', dependencies: { '@alga/ui-kit': 'file:../../packages/ui-kit' } },
      'src/handler.ts': 'export const handler = (request: unknown) => request;',
      'ui/index.html': '',
    });
    expect(await found()).toEqual([
      'DEPENDENCY_FOLDER_MISSING:4 Use the published package: npm install @alga-psa/ui-kit',
    ]);
  });

  it('whose version was never published, mended in one command', async () => {
    await write({
      'manifest.json': manifest,
      'package.json': {
        dependencies: { '@alga-psa/extension-runtime': '^0.1.0', '@alga-psa/ui-kit': '^9.0.0' },
        devDependencies: { '@alga-psa/cli': '^0.1.0' },
      },
      'src/handler.ts': 'export const handler = (request: unknown) => request;',
      'ui/index.html': '',
    });
    const command = 'Run: npm install @alga-psa/cli@^0.2.0 @alga-psa/extension-runtime@^0.3.0';
    expect(await found()).toEqual([
      `DEPENDENCY_VERSION_UNPUBLISHED:7 ${command}`,
      `DEPENDENCY_VERSION_UNPUBLISHED:3 ${command}`,
    ]);
  });
});

describe('validateProject', () => {
  it('collects all problems of the manifest', async () => {
    await write({ 'manifest.json': '{\n  "name": "",\n  "version": "1"\n}' });
    const validation = await validateProject(root, { features: 'default' });
    expect(validation).toMatchObject({ ok: false, warnings: [] });
    expect(validation.problems.map(({ message, line, column }) => `${line}:${column} ${message}`)).toEqual([
      '2:11 /name must not be blank',
      '3:14 /version must be a version like 1.2.3, 1.2.3-beta.1 or 1.2.*',
      '1:1 /runtime is required',
    ]);
  });

  it('warns of what the product ignores and of what will not work', async () => {
    await write({
      'manifest.json': { ...manifest, capabilities: ['storage.kv'], entry: 'dist/main.wasm' },
      'src/handler.ts': `import { get } from 'alga:extension/secrets';\nexport const handler = () => fetch(get('x'));`,
    });
    const validation = await validateProject(root, { features: 'default' });
    expect(validation.ok).toBe(true);
    expect(validation.warnings.map(({ code }) => code)).toEqual([
      'MANIFEST_FIELD_REFUSED',
      'MANIFEST_CAPABILITY_UNKNOWN',
      'MANIFEST_UI_WITHOUT_PAGE',
      'LINT_FETCH',
      'CAPABILITY_NOT_DECLARED',
    ]);
  });
});
