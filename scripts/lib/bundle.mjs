// Joins the modules of each program under dist/ into few files: a program of 600 small modules takes
// half a second to load, and a session starts several of them side by side.
import { rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { isAbsolute, join, posix, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { transform } from 'rolldown/utils';
import { root } from './commands.mjs';
import { filesUnder } from './stamp.mjs';

const DIST = join(root, 'dist');

const PRODUCT = {
  folder: 'src',
  isProgram: (file) =>
    /(^src\/cli\/main|-program|src\/stack\/.*main|ui\/vite-build|live\/vite-live|types\/type-check)\.js$/.test(
      file,
    ),
};

/** By itself, because its folder alone goes into the image of the runner. */
const RUNNER = { folder: 'runner/src', isProgram: (file) => /(src\/main|-worker)\.js$/.test(file) };

/** Bundles every program in place, at the path it was compiled to; its modules stay for whoever imports them. */
export async function bundlePrograms() {
  await Promise.all([bundleGroup(PRODUCT), bundleGroup(RUNNER)]);
}

/** Bundles the runner and its threads alone. */
export function bundleRunner() {
  return bundleGroup(RUNNER);
}

async function bundleGroup({ folder, isProgram }) {
  const programs = filesUnder(`dist/${folder}`)
    .map((file) => file.split(sep).join('/').slice('dist/'.length))
    .filter(isProgram);
  const bundle = await rolldown({
    input: Object.fromEntries(programs.map((file) => [file.slice(0, -'.js'.length), join(DIST, file)])),
    platform: 'node',
    external: staysOutside,
    plugins: [ownAddress()],
  });
  await bundle.write({
    dir: DIST,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${folder}/chunks/[name]-[hash].js`,
  });
  await bundle.close();
  for (const program of programs) rmSync(join(DIST, `${program}.map`), { force: true });
}

/** Packages of many small files that programs need at their start; all of them plain JavaScript. */
const JOINED = [
  'chokidar',
  'commander',
  'croner',
  'express',
  'fzstd',
  'http-proxy-middleware',
  'minio',
  'pg',
  'prom-client',
  'semver',
  'tar-stream',
  'ws',
  'zod',
];

/** What those load when it happens to be installed; they go on without. */
const OPTIONAL = ['bufferutil', 'cloudflare:sockets', 'pg-native', 'utf-8-validate'];

/** Whether an import stays one: Node's own modules, and packages that are not joined. */
function staysOutside(id, importer) {
  if (id.startsWith('.') || isAbsolute(id)) return false;
  if (isBuiltin(id) || OPTIONAL.includes(id)) return true;
  if (importer?.includes('node_modules')) return false;
  return !JOINED.some((name) => id === name || id.startsWith(`${name}/`));
}

/** Keeps `import.meta.url` what it was before modules were joined: programs and files are found beside a module. */
function ownAddress() {
  const mark = (file) => JSON.stringify(`own-address:${file}`);
  return {
    name: 'own-address',
    async transform(code, id) {
      if (!id.startsWith(DIST) || !code.includes('import.meta.url')) return null;
      const file = relative(DIST, id).split(sep).join('/');
      // By the syntax tree: a text that holds these words, for a page to run, stays as it is.
      const marked = await transform(id, code, { define: { 'import.meta.url': mark(file) } });
      return { code: marked.code, map: null };
    },
    renderChunk(code, chunk) {
      const near = (file) => posix.relative(posix.dirname(chunk.fileName), file);
      const found = /"own-address:([^"]+)"/g;
      if (!found.test(code)) return null;
      const placed = code.replace(
        found,
        (_, file) => `new URL(${JSON.stringify(near(file))}, import.meta.url).href`,
      );
      return { code: placed, map: null };
    },
  };
}
