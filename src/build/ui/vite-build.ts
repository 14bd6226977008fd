import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { InlineConfig, Plugin } from 'vite';
import { serveQuestions } from '../child/question-server.js';
import { pageSources } from './page-sources.js';
import { ConfigFailure, readProjectConfig } from './project-config.js';
import { quietLogger } from './quiet-logger.js';
import { withStyleSource } from './style-failure.js';
import { filesBelow } from './ui-folder.js';
import { type BuildQuestion, type BuildReply, buildQuestionSchema, type UiPlace } from './ui-question.js';
import { failureOf } from './vite-failure.js';

/** Files that say which packages are installed, and how sources are read; those that exist are inputs. */
const SURROUNDINGS = [
  ...['package.json', 'tsconfig.json', 'node_modules/.package-lock.json', 'node_modules/.modules.yaml'],
  ...['node_modules/.yarn-state.yml', 'node_modules/.yarn-integrity'],
];
const STYLE = /\.(?:css|pcss|s[ac]ss|less|styl)$/;
const ENV_FILES = ['.env', '.env.local', '.env.production', '.env.production.local'];

async function buildUi({ place, outDir }: BuildQuestion): Promise<BuildReply> {
  process.chdir(place.projectRoot);
  const modules = new Set<string>();
  try {
    const { config, sources } = await readProjectConfig(place, 'build', quietLogger());
    const { build } = await import('vite');
    await build({
      ...config,
      ...fixedSettings(place),
      plugins: [config.plugins, pageSources(place, 'build'), moduleRecorder(modules)],
      build: { ...config.build, outDir, emptyOutDir: true, write: true, reportCompressedSize: false },
    });
    const surroundings = [
      ...SURROUNDINGS.map((name) => join(place.projectRoot, name)),
      ...ENV_FILES.map((name) => join(place.root, name)),
      ...(await publicFiles(place.root, config.publicDir)),
      ...(await styleFiles(place)),
    ];
    const inputs = [...modules, ...sources, ...surroundings, join(place.root, 'index.html')];
    return { ok: true, inputs: [...new Set(inputs)].filter((input) => existsSync(input)).sort() };
  } catch (error) {
    if (error instanceof ConfigFailure) return { ok: false, failure: error.failure };
    const failure = withStyleSource(failureOf(error, place.projectRoot), error, modules);
    return { ok: false, failure };
  }
}

function fixedSettings(place: UiPlace): InlineConfig {
  return {
    root: place.root,
    base: './',
    mode: 'production',
    configFile: false,
    logLevel: 'silent',
    customLogger: quietLogger(),
    clearScreen: false,
  };
}

/** Keeps the files of the module graph; installed packages are covered by the package manager's own record. */
function moduleRecorder(modules: Set<string>): Plugin {
  return {
    name: 'alga:module-recorder',
    enforce: 'post',
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const file = id.replace(/[?#].*$/, '');
        if (isAbsolute(file) && !/[\\/]node_modules[\\/]/.test(file)) modules.add(file);
      }
    },
  };
}

async function publicFiles(root: string, configured: string | false | undefined): Promise<string[]> {
  if (configured === false) return [];
  const dir = join(root, configured ?? 'public');
  if (!existsSync(dir)) return [];
  return (await filesBelow(dir)).map((path) => join(dir, path));
}

/** Style sheets are inputs even when only another one imports them: that is not in the module graph. */
async function styleFiles({ root, projectRoot }: UiPlace): Promise<string[]> {
  const dir = root === projectRoot ? join(root, 'src') : root;
  if (!existsSync(dir)) return [];
  const styles = (await filesBelow(dir)).filter((path) => STYLE.test(path) && !/(?:^|\/)dist\//.test(path));
  return styles.map((path) => join(dir, path));
}

serveQuestions(async (question) => await buildUi(buildQuestionSchema.parse(question)));
// Loaded before the first question, so that the first build finds a warm process.
void import('vite');
