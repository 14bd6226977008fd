import { ConfigError, loadConfig, type RunnerConfig } from './config.js';
import { createEngine } from './engine/index.js';
import { createLogger, type Logger } from './log.js';
import { text } from './net/text.js';
import { type RunnerService, startService } from './service.js';

// The program of the runner process. Everything it needs comes from the environment; it ends by
// SIGTERM or SIGINT (after a drain) and, when a parent asked for it, with that parent.

const EXIT_CONFIG = 2;

async function main(): Promise<void> {
  // A parent that goes before there is anything to drain takes this process with it at once.
  const leave = (): void => process.exit(0);
  process.once('disconnect', leave);
  const config = await loadConfig(process.env);
  const log = createLogger(config.logLevel);
  process.on('uncaughtException', (error) => fail(log, error));
  process.on('unhandledRejection', (error) => fail(log, error));
  const service = await startService({ config, log, createEngine });
  endOnSignal(service, log);
  process.off('disconnect', leave);
  if (config.parentIpc) tieToParent(service, config, log);
  log.info({ host: config.host, port: service.port, ms: Math.round(performance.now()) }, 'runner ready');
}

/** A fault nobody caught leaves unknown state behind: say what it was and let a supervisor start anew. */
function fail(log: Logger, error: unknown): void {
  log.fatal({ error: text(error), stack: error instanceof Error ? error.stack : undefined }, 'runner failed');
  process.exit(1);
}

function endOnSignal(service: RunnerService, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // A second signal finds no listener and ends the process at once.
    process.once(signal, () => end(service, log, signal));
  }
}

/** Ends with the parent, by whatever death, and tells it the port. */
function tieToParent(service: RunnerService, config: RunnerConfig, log: Logger): void {
  if (process.send === undefined) {
    log.warn({ host: config.host }, 'RUNNER_PARENT_IPC is set but there is no IPC channel');
    return;
  }
  process.once('disconnect', () => end(service, log, 'parent gone'));
  process.send({ type: 'ready', port: service.port });
}

function end(service: RunnerService, log: Logger, why: string): void {
  log.info({ why }, 'draining');
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
