import { ConfigError, loadConfig, type RunnerConfig } from './config.js';
import { createEngine } from './engine/index.js';
import { createLogger, type Logger } from './log.js';
import { text } from './net/text.js';
import type { RunnerMessage } from './published/wire.js';
import { type RunnerService, startService } from './service.js';

// The program of the runner process. Everything it needs comes from the environment; it ends by
// SIGTERM or SIGINT (after a drain) and, when a parent asked for it, with that parent.

const EXIT_CONFIG = 2;

/** How much longer than its requests a drain may take. */
const DRAIN_EXTRA_MS = 5_000;
/** Nobody is left to take an answer when the parent is gone. */
const ORPHAN_DRAIN_MS = 2_000;

async function main(): Promise<void> {
  // A parent that goes before there is anything to drain takes this process with it at once.
  const leave = (): void => process.exit(0);
  process.once('disconnect', leave);
  const config = await loadConfig(process.env);
  const log = createLogger(config.logLevel);
  process.on('uncaughtException', (error) => fail(log, error));
  process.on('unhandledRejection', (error) => fail(log, error));
  const tell = config.parentIpc ? tellParent : () => undefined;
  const service = await startService({
    ...{ config, log, createEngine },
    onInUse: (bundle) => tell({ type: 'in-use', bundle }),
  });
  endOnSignal(service, config, log);
  process.off('disconnect', leave);
  if (config.parentIpc) tieToParent(service, log);
  log.info({ host: config.host, port: service.port, ms: Math.round(performance.now()) }, 'runner ready');
}

/** A fault nobody caught leaves unknown state behind: say what it was and let a supervisor start anew. */
function fail(log: Logger, error: unknown): void {
  log.fatal({ error: text(error), stack: error instanceof Error ? error.stack : undefined }, 'runner failed');
  process.exit(1);
}

function endOnSignal(service: RunnerService, config: RunnerConfig, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // A second signal finds no listener and ends the process at once.
    process.once(signal, () => end(service, log, signal, config.drainMs + DRAIN_EXTRA_MS));
  }
}

/** Ends with the parent, by whatever death, and tells it the port. */
function tieToParent(service: RunnerService, log: Logger): void {
  if (process.send === undefined) {
    log.warn({ port: service.port }, 'RUNNER_PARENT_IPC is set but there is no IPC channel');
    return;
  }
  const orphaned = (): void => end(service, log, 'parent gone', ORPHAN_DRAIN_MS);
  if (!process.connected) {
    orphaned();
    return;
  }
  process.once('disconnect', orphaned);
  tellParent({ type: 'ready', port: service.port });
}

/** A parent that is just going away does not hear it, which is no fault. */
function tellParent(message: RunnerMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

/** Drains and ends, within `limitMs` even when the drain does not: an earlier drain is cut short too. */
function end(service: RunnerService, log: Logger, why: string, limitMs: number): void {
  log.info({ why }, 'draining');
  setTimeout(() => {
    log.error({ why, ms: limitMs }, 'the drain did not end in time');
    process.exit(1);
  }, limitMs);
  service.stop().then(
    () => process.exit(0),
    (error: unknown) => fail(log, error),
  );
}

main().catch((error: unknown) => {
  const hint = error instanceof ConfigError ? 'environment' : 'start';
  process.stderr.write(`alga-runner: ${hint}: ${text(error)}\n`);
  process.exit(EXIT_CONFIG);
});
