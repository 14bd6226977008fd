import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { watch } from 'chokidar';
import { tieToParent } from '../../child/parent-tie.js';
import { ConfigFailure, readProjectConfig } from '../project-config.js';
import { quietLogger } from '../quiet-logger.js';
import { failureOf } from '../vite-failure.js';
import { PING_PATH } from './browser-module.js';
import { type LiveMessage, type OpenLive, openLiveSchema, requestSchema } from './live-messages.js';
import { type LiveListener, type LiveVite, startLiveVite } from './live-vite.js';

/**
 * Serves one UI live, on a socket of its own. The configuration is the author's: when it does not load the
 * last good server goes on, and the first good save of it opens the next.
 */
class LiveProgram {
  #current: LiveVite | undefined;
  #opening: Promise<void> = Promise.resolve();
  #configBroken = false;
  #warm: boolean;

  constructor(
    readonly options: OpenLive,
    readonly tell: (message: LiveMessage) => void,
  ) {
    this.#warm = options.warm;
  }

  async start(): Promise<void> {
    const { place, socket } = this.options;
    process.chdir(place.projectRoot);
    await this.#reopen();
    const sources = [place.viteConfig ?? join(place.projectRoot, 'package.json')];
    this.#watch(sources);
    const server = createServer((req, res) => {
      const vite = this.#current?.vite;
      const url = new URL(req.url ?? '/', 'http://page');
      if (url.pathname === `${this.options.base.slice(0, -1)}${PING_PATH}`) {
        res.writeHead(this.#statusOf(url.searchParams.get('token'))).end();
      } else if (vite === undefined) {
        res.writeHead(503, { 'content-type': 'text/html', 'retry-after': '1' });
        res.end('<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="1">');
      } else {
        vite.middlewares(req, res, () => res.writeHead(404).end());
      }
    });
    // Only the relay connects here; an idle connection that ends just as it is used again would lose a module.
    server.keepAliveTimeout = 0;
    server.on('upgrade', (req, connection, head) => this.#upgrade(req, connection, head));
    server.listen(socket, () => this.tell({ type: 'listening' }));
  }

  refresh(): void {
    this.#current?.vite.ws.send({ type: 'full-reload', path: '*' });
  }

  /** Once, and from then on with every server that is opened. */
  warmUp(): void {
    if (this.#warm) return;
    this.#warm = true;
    void this.#opening.then(() => this.#current?.warmUp());
  }

  /** Opens a server with the configuration as it is now; one after the other. */
  #reopen(): Promise<void> {
    this.#opening = this.#opening.then(() => this.#open());
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { place } = this.options;
    try {
      const project = await readProjectConfig(place, 'serve', quietLogger());
      const next = await startLiveVite(this.options, project, this.#listener());
      if (this.#warm) await next.warmUp();
      const last = this.#current;
      this.#current = next;
      this.#watch(project.sources);
      if (this.#configBroken) this.tell({ type: 'recovered' });
      this.#configBroken = false;
      await last?.vite.close();
    } catch (error) {
      this.#configBroken = true;
      const failure = error instanceof ConfigFailure ? error.failure : failureOf(error, place.projectRoot);
      this.tell({ type: 'failure', failure });
    }
  }

  #listener(): LiveListener {
    return {
      onUpdate: (files) => this.tell({ type: 'update', files: [...files] }),
      onFailure: (failure) => this.tell({ type: 'failure', failure }),
      onOpened: () => this.tell({ type: 'opened' }),
      onThrown: (failure) => this.tell({ type: 'thrown', failure }),
      onRecovered: () => {
        if (!this.#configBroken) this.tell({ type: 'recovered' });
      },
    };
  }

  readonly #configWatcher = watch([], { ignoreInitial: true });

  #watch(sources: readonly string[]): void {
    this.#configWatcher.add([...sources]);
    if (this.#configWatcher.listenerCount('all') === 0) {
      this.#configWatcher.on('all', () => void this.#reopen());
    }
  }

  /** What a page whose socket was cut is told: whether its server is there, comes up, or is another one now. */
  #statusOf(token: string | null): number {
    const expected = this.#current?.vite.config.webSocketToken;
    if (expected === undefined) return 503;
    return equal(token, expected) ? 204 : 410;
  }

  /** Lets a page open its socket: only with the token that stands in the client we serve. */
  #upgrade(req: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', () => undefined);
    const live = this.#current;
    const url = new URL(req.url ?? '/', 'http://page');
    const token = live?.vite.config.webSocketToken;
    const isHot = req.headers['sec-websocket-protocol'] === 'vite-hmr' && url.pathname === this.options.base;
    if (live === undefined || token === undefined || !isHot || !equal(url.searchParams.get('token'), token)) {
      connection.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    live.upgrades.emit('upgrade', req, connection, head);
  }
}

function equal(given: string | null, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

// The folder of the socket comes as the argument, so that whoever ends first can remove it.
tieToParent(process.argv[2]);
process.once('message', (message) => {
  const options = openLiveSchema.parse(message);
  const program = new LiveProgram(options, (said) => process.send?.(said));
  process.on('message', (later) => {
    if (requestSchema.parse(later).type === 'refresh') program.refresh();
    else program.warmUp();
  });
  void program.start();
});
// Loaded while the parent still prepares its message.
void import('vite');
