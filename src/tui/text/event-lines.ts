import type { GuestLogEvent, LiveEvent, ReadyEvent, SessionEvent, StepEvent } from '../../dev/events.js';
import { errorLines, placeText } from './error-lines.js';
import type { Paint } from './paint.js';
import { clockText, durationText, safeLine, safeLines, shortHash, shortName } from './units.js';

export interface EventLineOptions {
  readonly paint: Paint;
  /** Name the extension on each line; for sessions with more than one. */
  readonly showExtension: boolean;
  /** Also say when steps start, progress and end, and all addresses: for screens that show them nowhere else. */
  readonly full: boolean;
}

/** One event as lines for people: a time, the extension when asked for, and what happened. */
export function eventLines(event: SessionEvent, options: EventLineOptions): string[] {
  const { paint } = options;
  const [first, ...rest] = bodyOf(event, options);
  if (first === undefined) return [];
  const extension = 'extension' in event ? event.extension : undefined;
  const name =
    options.showExtension && extension !== undefined
      ? `${paint('cyan', safeLine(shortName(extension)))} `
      : '';
  return [`${paint('dim', clockText(event.at))} ${name}${first}`, ...rest.map((line) => `         ${line}`)];
}

function bodyOf(event: SessionEvent, options: EventLineOptions): string[] {
  const { paint } = options;
  switch (event.type) {
    case 'ready':
      return readyLines(event, options);
    case 'change':
      return [`${paint('magenta', 'change')} ${safeLine(event.files.join(', '))}`];
    case 'step':
      return stepLines(event, options);
    case 'live':
      return [liveLine(event, paint)];
    case 'error':
      return errorLines(event, paint);
    case 'warning': {
      const place = placeText(event);
      return [
        `${paint('yellow', `! ${event.code}`)} ${safeLine(event.message)}`,
        ...(place === undefined ? [] : [`  ${paint('cyan', place)}`]),
        ...(event.hint === undefined ? [] : [`  ${paint('yellow', 'hint:')} ${safeLine(event.hint)}`]),
      ];
    }
    case 'request':
      return [
        `${safeLine(event.method)} ${safeLine(event.path)} ${statusText(event.status, paint)} ${paint('dim', durationText(event.ms))}`,
        ...(event.runnerError === undefined ? [] : [paint('red', `  ${safeLine(event.runnerError)}`)]),
      ];
    case 'guestLog':
      return guestLines(event, paint);
    case 'note':
      return safeLines(event.message);
    case 'checkup':
      return [];
    case 'stopped':
      return [`stopped: ${safeLine(event.reason)}`];
  }
}

function readyLines(event: ReadyEvent, { paint, full }: EventLineOptions): string[] {
  const { urls, version, contentHash, tenantId, ms, extension } = event;
  const what = `${safeLine(extension)} ${safeLine(version)} ${shortHash(contentHash)}`;
  const first = `${paint('green', 'ready')} ${what} ${paint('dim', `in ${durationText(ms)}`)}`;
  if (!full) return [first];
  return [
    first,
    `page    ${paint('cyan', urls.page)}`,
    `gateway ${urls.gateway}`,
    `ui      ${urls.ui}`,
    `runner  ${urls.runner}`,
    `tenant  ${tenantId}`,
  ];
}

function stepLines({ step, state, ms, detail }: StepEvent, { paint, full }: EventLineOptions): string[] {
  if (!full) return [];
  const more = detail === undefined ? '' : ` ${paint('dim', safeLine(detail))}`;
  const time = ms === undefined ? '' : ` ${paint('dim', durationText(ms))}`;
  if (state === 'done') return [`${paint('green', '✓')} ${step}${time}${more}`];
  if (state === 'failed') return [`${paint('red', '✗')} ${step}${time}${more}`];
  return [`${paint('dim', '·')} ${step}${more === '' ? paint('dim', ' …') : more}`];
}

function liveLine({ lane, ms, contentHash, changed }: LiveEvent, paint: Paint): string {
  const hash = contentHash === undefined ? '' : ` ${shortHash(contentHash)}`;
  const time = paint('dim', `in ${durationText(ms)}`);
  if (lane === 'published') {
    return changed === false
      ? `${paint('green', 'unchanged')}${hash} is still served ${time}`
      : `${paint('green', 'published')}${hash} ${time}`;
  }
  return `${paint('green', 'live')} ${lane === 'ui' ? 'UI' : 'handler'} ${time}`;
}

function guestLines({ level, message }: GuestLogEvent, paint: Paint): string[] {
  const mark = { info: paint('dim', 'guest'), warn: paint('yellow', 'guest'), error: paint('red', 'guest') }[
    level
  ];
  return safeLines(message).map((line, index) => (index === 0 ? `${mark} ${line}` : `  ${line}`));
}

function statusText(status: number, paint: Paint): string {
  return paint(status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green', String(status));
}
