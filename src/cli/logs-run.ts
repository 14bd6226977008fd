import type { HostClient } from '../host/client/index.js';
import type { ChannelMessage } from '../host/index.js';
import { painter, wantsColor } from '../tui/text/paint.js';
import { attach, type SessionChoice } from './attach.js';
import { onLeave } from './leaving.js';
import { type LogEntry, logData, logLines } from './logs-text.js';
import { jsonLine } from './render/json.js';

/** So many entries are remembered to not show them twice. */
const REMEMBERED = 10_000;

export interface LogsRun extends SessionChoice {
  readonly follow: boolean;
  /** How many of the latest requests come first. */
  readonly lines: number;
  readonly json: boolean;
}

/**
 * Runs `alga logs`: the latest requests with what their handlers said, oldest first; with `follow` all
 * that comes after, until the session ends or somebody interrupts.
 */
export async function runLogs(run: LogsRun): Promise<void> {
  const { host, extension, extensions } = await attach(run);
  const only = run.extension === undefined ? undefined : extension?.registryId;
  const concerns = ({ registryId }: { registryId?: string }): boolean =>
    only === undefined || registryId === only;
  const print = printer(run.json, only === undefined && extensions.length > 1);
  const printLatest = async (): Promise<void> => {
    const records = (await host.recentRequests()).filter(concerns).slice(0, run.lines);
    for (const record of records.reverse()) {
      for (const log of record.logs) print({ type: 'guestLog', ...log });
      print({ type: 'request', ...record });
    }
  };
  if (!run.follow) return printLatest();
  await follow(host, printLatest, (entry) => {
    if (concerns(entry)) print(entry);
  });
}

type Printer = (entry: LogEntry) => void;

/** Prints each entry once, although it may be heard and looked up. */
function printer(json: boolean, showExtension: boolean): Printer {
  const paint = painter(wantsColor(process.stdout));
  const shown = new Set<string>();
  return (entry) => {
    const key = keyOf(entry);
    if (shown.has(key)) return;
    shown.add(key);
    if (shown.size > REMEMBERED)
      for (const oldest of [...shown].slice(0, REMEMBERED / 2)) shown.delete(oldest);
    const lines = json ? [jsonLine(logData(entry))] : logLines(entry, { paint, showExtension });
    process.stdout.write(`${lines.join('\n')}\n`);
  };
}

/** Two entries of one key are one entry. A handler may well say the same thing twice, but not at one time. */
function keyOf(entry: LogEntry): string {
  const more = entry.type === 'guestLog' ? [entry.stream, entry.message] : [];
  const id = entry.type === 'csp' ? entry.blocked : entry.requestId;
  return JSON.stringify([entry.type, entry.at, id, ...more]);
}

/**
 * Listens first and shows what was before first, so that nothing is lost between the two; what both
 * tell is shown once.
 */
async function follow(host: HostClient, printLatest: () => Promise<void>, print: Printer): Promise<void> {
  const leaving = new AbortController();
  const signals = onLeave(async () => leaving.abort());
  let early: LogEntry[] | undefined = [];
  let caughtUp: Promise<void> | undefined;
  const catchUp = async (): Promise<void> => {
    await printLatest();
    for (const entry of early ?? []) print(entry);
    early = undefined;
  };
  const hear = (message: ChannelMessage): void => {
    // The first message says that the channel is open: everything from here on is heard.
    if (message.type === 'hello') {
      caughtUp = catchUp();
      caughtUp.catch(() => leaving.abort());
    }
    const entry = entryOf(message);
    if (entry && early) early.push(entry);
    else if (entry) print(entry);
  };
  try {
    await host.follow(hear, leaving.signal);
    await caughtUp;
  } finally {
    signals.dispose();
  }
}

function entryOf(message: ChannelMessage): LogEntry | undefined {
  switch (message.type) {
    case 'request':
      return { type: 'request', ...message.record };
    case 'guestLog':
      return { type: 'guestLog', ...message.log };
    case 'csp':
      return { type: 'csp', ...message.violation };
    default:
      return undefined;
  }
}
