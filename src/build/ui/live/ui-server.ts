import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type AlgaError, algaError } from '../../../core/errors/alga-error.js';
import type { UiShape } from '../../../project/types.js';
import { sourceText } from '../../source-text.js';
import { uiError } from '../failure.js';
import { placeOf } from '../ui-question.js';
import { isUpgradeAllowed, refusalOf } from './admission.js';
import type { LiveMessage } from './live-messages.js';
import { LiveProcess, type UiProgram } from './live-process.js';
import { Relay, unavailable } from './relay.js';

export interface UiServerOptions {
  readonly projectRoot: string;
  readonly ui: UiShape;
  /** Path below which the UI is served; begins and ends with a slash. */
  readonly base: string;
  /** The server on whose `upgrade` event the sockets of the pages arrive. */
  readonly httpServer: Server;
  /** The program that serves it, when one was started ahead for this project; stopped with the server. */
  readonly program?: UiProgram | undefined;
  /** Exact host names beyond localhost, 127.0.0.1 and [::1]. */
  readonly allowedHosts?: readonly string[];
  /** Leaves what a page will load as it is until {@link UiServer.warmUp}; else it is transformed at once. */
  readonly warmsUpLater?: boolean;
  /** A change is on its way to the open pages, and transforms well. Absolute paths. */
  onUpdate(files: string[]): void;
  onError(error: AlgaError): void;
  /** Everything that `onError` told is mended. */
  onRecovered(): void;
  /** The code of an open page has thrown an error that nobody caught. */
  onThrown?(error: AlgaError): void;
  /** A page was opened, or opened anew: what was thrown before is over. */
  onOpened?(): void;
}

export interface UiServer {
  /**
   * Answers requests below the base, whose `url` still has it; passes others on. Where `originalUrl` has
   * more before it, the files find each other below that path.
   */
  readonly handle: (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
  /** Takes a socket below the base; false when it belongs to somebody else. Done by itself for `httpServer`. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Loads the open pages anew: a UI that the project builds itself (`ui.build`) was built. */
  refresh(): void;
  /** Transforms what a page will load: its errors show without a browser, and the first page is quick. */
  warmUp(): void;
  stop(): Promise<void>;
}

/**
 * Serves a UI live under the production content security policy, with hot updates: Vite in middleware mode,
 * in a process of its own, so that the author's configuration and plugins run in the project's folder and
 * cannot take the session down. Resolves also when the project is broken: `onError` tells, and the first
 * good save recovers by itself.
 */
export async function createUiServer(options: UiServerOptions): Promise<UiServer> {
  const { base, httpServer, allowedHosts = [] } = options;
  const live = liveProcess(options);
  const relay = new Relay(base);
  const upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    if (!isBelow(req.url, base)) return false;
    socket.on('error', () => undefined);
    if (isUpgradeAllowed(req, allowedHosts)) void join(live, relay, req, socket, head);
    else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    return true;
  };
  const onUpgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrade(req, socket, head);
  };
  await live.start(options.program);
  httpServer.on('upgrade', onUpgrade);
  return {
    upgrade,
    refresh: () => live.refresh(),
    warmUp: () => live.warmUp(),
    handle: (req, res, next) => {
      if (!isBelow(req.url, base)) return next();
      const refusal = refusalOf(req, base, allowedHosts);
      if (refusal === undefined) void forward(live, relay, req, res);
      else res.writeHead(refusal.status).end();
    },
    stop: async () => {
      httpServer.off('upgrade', onUpgrade);
      relay.close();
      await live.stop();
    },
  };
}

async function forward(live: LiveProcess, relay: Relay, req: IncomingMessage, res: ServerResponse) {
  const socket = await live.socket();
  if (socket === undefined) unavailable(res);
  else relay.forward(socket, req, res);
}

async function join(live: LiveProcess, relay: Relay, req: IncomingMessage, browser: Duplex, head: Buffer) {
  const socket = await live.socket();
  if (socket === undefined) browser.destroy();
  else relay.join(socket, req, browser, head);
}

function liveProcess(options: UiServerOptions): LiveProcess {
  const { projectRoot, ui, base, allowedHosts = [] } = options;
  const place = placeOf(projectRoot, ui);
  return new LiveProcess(
    { place, base, allowedHosts: [...allowedHosts], warm: options.warmsUpLater !== true },
    {
      onMessage: (message) => report(message, options),
      onLost: (tail) => options.onError(algaError('UI_PROCESS_LOST', { detail: tail || 'no output' })),
      onBack: () => options.onRecovered(),
    },
  );
}

function report(message: LiveMessage, options: UiServerOptions): void {
  if (message.type === 'update') options.onUpdate(message.files);
  if (message.type === 'recovered') options.onRecovered();
  if (message.type === 'opened') options.onOpened?.();
  if (message.type === 'failure' || message.type === 'thrown') {
    const error = uiError(message.failure, options.projectRoot, sourceText);
    if (message.type === 'failure') options.onError(error);
    else options.onThrown?.(error);
  }
}

function isBelow(url: string | undefined, base: string): boolean {
  return (url ?? '').startsWith(base);
}
