import type { CspViolation, GuestLog, RequestRecord } from '../host/index.js';
import type { Paint } from '../tui/text/paint.js';
import { clockText, durationText, safeLine, safeLines, shortHash, shortName } from '../tui/text/units.js';

/** What `alga logs` shows: an answered request, a line of a handler, something the page's policy blocked. */
export type LogEntry =
  | ({ readonly type: 'request' } & RequestRecord)
  | ({ readonly type: 'guestLog' } & GuestLog)
  | ({ readonly type: 'csp' } & CspViolation);

/** An entry for machines: the fields `alga dev --json` has for it, and a few more. */
export function logData(entry: LogEntry): object {
  const { type, at, extension } = entry;
  if (entry.type !== 'request') return entry;
  const { requestId, method, path, status, ms, contentHash, error, runnerError, origin, user, query } = entry;
  return {
    type,
    at,
    extension,
    requestId,
    method,
    path,
    query,
    status,
    ms,
    origin,
    user: user?.key,
    contentHash,
    error,
    runnerError,
  };
}

/** An entry for people; foreign text is made safe to print. */
export function logLines(entry: LogEntry, how: { paint: Paint; showExtension: boolean }): string[] {
  const { paint } = how;
  const [first = '', ...rest] = bodyOf(entry, paint);
  const named = how.showExtension && entry.extension !== undefined;
  const name = named ? `${paint('cyan', safeLine(shortName(entry.extension ?? '')))} ` : '';
  return [`${paint('dim', clockText(entry.at))} ${name}${first}`, ...rest.map((line) => `         ${line}`)];
}

function bodyOf(entry: LogEntry, paint: Paint): string[] {
  switch (entry.type) {
    case 'request':
      return requestLines(entry, paint);
    case 'guestLog': {
      const mark = paint(
        entry.level === 'error' ? 'red' : entry.level === 'warn' ? 'yellow' : 'dim',
        `${entry.stream === 'log' ? entry.level : entry.stream}`,
      );
      return safeLines(entry.message).map((line, index) => (index === 0 ? `${mark} ${line}` : `  ${line}`));
    }
    case 'csp': {
      const place = entry.file === undefined ? '' : ` in ${safeLine(entry.file)}:${entry.line ?? 0}`;
      return [`${paint('yellow', 'blocked')} ${safeLine(`${entry.directive} ${entry.blocked}`)}${place}`];
    }
  }
}

/** A request as `alga logs` and `alga call` show it: what was asked, how it was answered, by whom and why not. */
export function requestLines(record: RequestRecord, paint: Paint): string[] {
  const { method, path, query, status, ms, user, origin, contentHash, error, runnerError } = record;
  const search = new URLSearchParams(query).toString();
  const target = `${safeLine(method)} ${safeLine(path)}${search === '' ? '' : `?${safeLine(search)}`}`;
  const facts = [
    durationText(ms),
    ...(user === undefined ? [] : [`as ${safeLine(user.key)}`]),
    ...(origin === 'replay' || origin === 'schedule' ? [origin] : []),
    ...(contentHash === undefined ? [] : [shortHash(contentHash)]),
  ];
  return [
    `${statusText(status, paint)} ${target} ${paint('dim', facts.join(', '))}`,
    ...(error === undefined ? [] : [paint('red', `  refused: ${safeLine(error)}`)]),
    ...(runnerError === undefined ? [] : [paint('red', `  ${safeLine(runnerError)}`)]),
  ];
}

function statusText(status: number, paint: Paint): string {
  return paint(status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green', String(status));
}
