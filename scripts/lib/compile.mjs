// Turns the TypeScript sources into the JavaScript that runs, module by module and without checking them:
// that is the task of `npm test`, and whoever starts the product for the first time need not wait for it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { transform } from 'rolldown/utils';
import { root, run } from './commands.mjs';
import { filesUnder } from './stamp.mjs';

const RUNNER = 'runner/src';

/** Where sources lie, and where their modules go. The page's modules run in browsers, from a folder of their own. */
const PARTS = [
  { from: 'src', to: 'dist/src', target: 'es2023' },
  { from: RUNNER, to: 'dist/runner/src', target: 'es2023' },
  { from: 'src/host/page', to: 'dist/host-page/page', target: 'es2022' },
  { from: 'src/host/wire', to: 'dist/host-page/wire', target: 'es2022' },
];

/** Compiles every module, and declares the types of what authors import. */
export async function compile() {
  await Promise.all([...PARTS.map(compilePart), declareTypes()]);
}

/** Compiles the modules of the runner alone. */
export async function compileRunner() {
  await Promise.all(PARTS.filter(({ from }) => from === RUNNER).map(compilePart));
}

async function compilePart({ from, to, target }) {
  const sources = filesUnder(from).map((file) => file.split(sep).join('/'));
  await Promise.all(
    sources
      .filter((file) => belongs(file, from))
      .map((file) => compileModule(file, file.replace(from, to), target)),
  );
}

function belongs(file, from) {
  if (!/\.tsx?$/.test(file) || /\.(test|d)\.tsx?$/.test(file)) return false;
  return from !== 'src' || !file.startsWith('src/host/page/');
}

async function compileModule(source, output, target) {
  const path = join(root, output.replace(/\.tsx?$/, '.js'));
  const { code, errors } = await transform(source, await readFile(join(root, source), 'utf8'), {
    target,
    jsx: { runtime: 'automatic' },
    typescript: { onlyRemoveTypeImports: true },
  });
  if (errors.length > 0) throw new Error(`${source}: ${errors.map(({ message }) => message).join('; ')}`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
}

function declareTypes() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return run(process.execPath, [tsc, '-p', 'tsconfig.build.json']);
}
