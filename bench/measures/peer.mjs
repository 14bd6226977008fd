// The published CLI on its own component template, with the smallest repairs that make it build.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm, root, run } from '../../scripts/lib/commands.mjs';
import { repeat } from '../lib/statistics.mjs';

/** What had to be mended before the published template builds at all. */
export const REPAIRS = [
  'its WIT file does not parse: replaced by the valid one of this repository',
  'it depends on versions that were never published: extension-runtime 0.3.0 and the packages of this repository instead',
  'its tsconfig.json names no rootDir, which TypeScript 6 asks for: `"rootDir": "./src"` added',
  'its handler imports a function of a package, which nothing bundles into the component: written out in the handler instead',
  'jco 1.34.0 instead of the newest one, whose componentize fails on every project',
];

export async function measurePeer({ runs }) {
  await mkdir(join(root, '.alga', 'bench'), { recursive: true });
  const folder = await mkdtemp(join(root, '.alga', 'bench', 'peer-'));
  try {
    await run(
      ...npm([
        'install',
        '--prefix',
        folder,
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '@alga-psa/cli@0.2.0',
        '@alga-psa/extension-runtime@0.3.0',
      ]),
      { quiet: true },
    );
    const cli = join(folder, 'node_modules', '@alga-psa', 'cli', 'dist', 'cli.js');
    const project = join(folder, 'demo');
    await cp(
      join(folder, 'node_modules', '@alga-psa', 'client-sdk', 'templates', 'component-basic'),
      project,
      { recursive: true },
    );
    await cp(
      join(root, 'runner', 'wit', 'extension-runner.wit'),
      join(project, 'wit', 'extension-runner.wit'),
    );
    await linkPackages(join(project, 'node_modules'), [
      join(root, 'node_modules'),
      join(folder, 'node_modules'),
    ]);
    await rm(join(project, 'src', 'index.ts'), { force: true });
    await addRootDir(join(project, 'tsconfig.json'));
    await writeOutImport(join(project, 'src', 'handler.ts'));
    return {
      'peer: build and pack (published CLI 0.2.0)': await repeat(
        runs,
        async () => {
          const began = performance.now();
          await quietly(cli, ['build', '--project', project, '--skip-install'], project);
          await quietly(cli, ['pack', '--project', project, '--force'], project);
          return performance.now() - began;
        },
        0,
      ),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Links every package of some folders into one; the last folder that has a package wins. */
async function linkPackages(into, folders) {
  await mkdir(into);
  const packages = new Map();
  for (const folder of folders) {
    for (const name of await readdir(folder)) packages.set(name, join(folder, name));
  }
  for (const [name, path] of packages) await symlink(path, join(into, name));
}

async function addRootDir(file) {
  const config = JSON.parse(await readFile(file, 'utf8'));
  config.compilerOptions.rootDir = './src';
  await writeFile(file, JSON.stringify(config, null, 2));
}

async function writeOutImport(file) {
  const source = await readFile(file, 'utf8');
  const types = source.replace(
    'import { ExecuteRequest, ExecuteResponse, jsonResponse }',
    'import type { ExecuteRequest, ExecuteResponse }',
  );
  const answer = `
function jsonResponse(value: unknown): ExecuteResponse {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return { status: 200, headers: [{ name: 'content-type', value: 'application/json' }], body };
}
`;
  await writeFile(file, types + answer);
}

function quietly(cli, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`peer failed: ${output}`))));
  });
}
