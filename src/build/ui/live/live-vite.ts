import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { extname, isAbsolute, join, sep } from 'node:path';
import type { HotPayload, InlineConfig, Plugin, ViteDevServer } from 'vite';
import { projectStateDir } from '../../../core/paths.js';
import type { UiFailure } from '../failure.js';
import { pageSources } from '../page-sources.js';
import type { ProjectConfig } from '../project-config.js';
import { quietLogger } from '../quiet-logger.js';
import type { UiPlace } from '../ui-question.js';
import {
  BROWSER_MODULE,
  BROWSER_MODULE_TEXT,
  CHANGED_EVENT,
  OPENED_EVENT,
  THROWN_EVENT,
} from './browser-module.js';
import { ChangeCheck, type ChangeListener } from './change-check.js';
import { followLateWrites, readWritten, versionOf, whenWritten } from './late-writes.js';
import type { OpenLive } from './live-messages.js';
import { LivePages } from './live-pages.js';
import { plainUpdate } from './plain-update.js';
import { SentPayloads } from './sent-payloads.js';
import { servedFolders } from './served-folders.js';
import { HEARD_PARAMETER, withSteadySocket } from './steady-socket.js';
import { thrownFailure } from './thrown-errors.js';

/** Sources of modules outside of installed packages, without a query: those are read in ways of their own. */
const SOURCE = /^(?!.*[\\/]node_modules[\\/]).+\.(?:[cm]?[jt]sx?|css|pcss|s[ac]ss|less|styl)$/;

export interface LiveListener extends ChangeListener {
  /** A hot update or reload was sent because of these files; absolute paths. */
  onUpdate(files: readonly string[]): void;
  onOpened(): void;
  /** The code of a page has thrown, and nobody has caught it. */
  onThrown(failure: UiFailure): void;
}

/** A running Vite and the stand-in for the HTTP server on which it expects its socket upgrades. */
export interface LiveVite {
  readonly vite: ViteDevServer;
  readonly upgrades: Server;
  /** Transforms the page and, behind it, what it loads: errors show without a browser, and the first page is quick. */
  warmUp(): Promise<void>;
}

/** Starts Vite in middleware mode for a UI. Throws when its configuration does not resolve. */
export async function startLiveVite(
  options: OpenLive,
  project: ProjectConfig,
  listener: LiveListener,
): Promise<LiveVite> {
  const { createServer } = await import('vite');
  const { place } = options;
  const upgrades = createHttpServer();
  const check = new ChangeCheck(place.projectRoot, listener);
  const logger = quietLogger((error) => check.note(vite.environments.client, error));
  const vite = await createServer({
    ...project.config,
    ...fixedSettings(options, project, upgrades),
    customLogger: logger,
    plugins: [
      place.kind === 'vite' ? [project.config.plugins, pageSources(place, 'serve')] : [],
      livePlugin(options, check, listener),
    ],
  });
  return { vite, upgrades, warmUp: async () => (place.kind === 'vite' ? warmUp(vite) : undefined) };
}

function fixedSettings(
  { place, base, allowedHosts }: OpenLive,
  project: ProjectConfig,
  upgrades: Server,
): InlineConfig {
  const cacheDir = join(projectStateDir(place.projectRoot), 'vite');
  return {
    root: place.root,
    base,
    mode: 'development',
    configFile: false,
    appType: 'custom',
    cacheDir,
    logLevel: 'silent',
    clearScreen: false,
    ...(place.kind === 'vite' ? {} : { optimizeDeps: { noDiscovery: true, include: [] } }),
    server: {
      middlewareMode: true,
      ws: { server: upgrades },
      hmr: { overlay: false },
      cors: false,
      allowedHosts,
      forwardConsole: false,
      fs: { strict: true, allow: servedFolders(place, cacheDir, project.allowed) },
      watch: place.watched ? { ignored: isUnwatched(place) } : null,
    },
  };
}

/** What is not watched: our own state, and the output of builds. */
function isUnwatched({ kind, projectRoot }: UiPlace): (path: string) => boolean {
  const state = projectStateDir(projectRoot);
  const outputs = kind === 'vite' ? [state, join(projectRoot, 'dist')] : [state];
  return (path) => outputs.some((output) => path === output || path.startsWith(`${output}${sep}`));
}

function livePlugin(options: OpenLive, check: ChangeCheck, listener: LiveListener): Plugin {
  let vite: ViteDevServer | undefined;
  const pages = new LivePages(options.place, options.base);
  const touched = new Set<string>();
  const isNew = newVersions();
  return {
    name: 'alga:live',
    resolveId: (id) => (id === BROWSER_MODULE ? id : undefined),
    load: {
      // In the place of Vite's own reading, behind the plugins that make a module's text themselves.
      order: 'post',
      handler: (id) => (id === BROWSER_MODULE ? BROWSER_MODULE_TEXT : writtenText(vite, id)),
    },
    transform: (code, id) => withSteadySocket(code, id),
    transformIndexHtml: () => [
      {
        tag: 'script',
        attrs: { type: 'module', src: `${options.base.slice(0, -1)}${BROWSER_MODULE}` },
        injectTo: 'head-prepend',
      },
    ],
    configureServer(server) {
      vite = server;
      followLateWrites(server.watcher);
      watchPayloads(server, touched, listener);
      hearPages(server, listener);
      server.middlewares.use(pages.before(server));
      return () => {
        server.middlewares.use(pages.after(server));
        server.middlewares.use(((error, req, res, _next) => {
          check.note(server.environments.client, error);
          if (isModuleRequest(req.url)) res.writeHead(500).end();
          else pages.standIn(req, res);
        }) satisfies ErrorHandler);
      };
    },
    hotUpdate: {
      order: 'post',
      async handler(change) {
        if (this.environment.name !== 'client') return undefined;
        await whenWritten(change.file);
        if (options.place.kind !== 'vite') {
          // A second update for one save would load the page twice.
          if (!isNew(change.file)) return [];
          touched.add(change.file);
          this.environment.hot.send(
            await plainUpdate(change.server.config.root, change.file, change.timestamp),
          );
          return [];
        }
        const modules = await check.modulesToSend(this.environment, change);
        if (modules === undefined) return [];
        if (modules.length > 0 || change.file.endsWith('.html')) touched.add(change.file);
        return modules;
      },
    },
  };
}

/** Tells for a file whether it is another one than when it was last asked: a save may be told of twice. */
function newVersions(): (file: string) => boolean {
  const seen = new Map<string, string>();
  return (file) => {
    const version = versionOf(file);
    const isNew = seen.get(file) !== version;
    seen.set(file, version);
    return isNew;
  };
}

/**
 * The text of a source file, never the empty one that a save leaves for a moment: as a hot update that would
 * take the page's state with it. Nothing for what is no plain source, or must not be served.
 */
async function writtenText(vite: ViteDevServer | undefined, id: string): Promise<string | undefined> {
  if (vite === undefined || !SOURCE.test(id)) return undefined;
  const { isFileLoadingAllowed, normalizePath } = await import('vite');
  if (!isAbsolute(id) || !isFileLoadingAllowed(vite.config, normalizePath(id))) return undefined;
  return await readWritten(id);
}

type ErrorHandler = (
  error: unknown,
  req: import('node:http').IncomingMessage,
  res: import('node:http').ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Listens to what goes out to the pages, and counts it for those whose socket is cut. Vite keeps a reload or
 * error for the next page when none is open: that page would be loaded twice, so it is dropped here.
 */
function watchPayloads(server: ViteDevServer, touched: Set<string>, listener: LiveListener): void {
  const { hot } = server.environments.client;
  const sent = new SentPayloads();
  const send = hot.send.bind(hot);
  hot.send = (given: HotPayload | string, data?: unknown) => {
    const payload = sent.add(typeof given === 'string' ? { type: 'custom', event: given, data } : given);
    const keeps = payload.type === 'full-reload' || payload.type === 'error';
    if (!keeps || server.ws.clients.size > 0) send(payload);
    if (touched.size === 0 || (payload.type !== 'update' && payload.type !== 'full-reload')) return;
    const files = [...touched];
    touched.clear();
    send(sent.add({ type: 'custom', event: CHANGED_EVENT }));
    listener.onUpdate(files);
  };
  server.ws.on('connection', (socket, request) => {
    const heard = new URL(request.url ?? '/', 'http://page').searchParams.get(HEARD_PARAMETER);
    const greeting = sent.greeting(heard === null ? undefined : Number(heard));
    for (const payload of greeting) socket.send(JSON.stringify(payload));
  });
}

/** Passes on what pages say of themselves. */
function hearPages(server: ViteDevServer, listener: LiveListener): void {
  server.ws.on(OPENED_EVENT, () => listener.onOpened());
  server.ws.on(THROWN_EVENT, (said: unknown) => {
    thrownFailure(server, said).then(
      (failure) => failure && listener.onThrown(failure),
      // An address that cannot be read: the browser's console has the error all the same.
      () => undefined,
    );
  });
}

async function warmUp(vite: ViteDevServer): Promise<void> {
  const html = await readFile(join(vite.config.root, 'index.html'), 'utf8').catch(() => undefined);
  if (html === undefined) return;
  await vite.transformIndexHtml('/index.html', html).catch((error: unknown) => {
    vite.config.logger.error('', { error: error instanceof Error ? error : new Error(String(error)) });
  });
}

function isModuleRequest(url: string | undefined): boolean {
  const type = extname((url ?? '').replace(/[?#].*$/, ''));
  return type !== '' && type !== '.html';
}
