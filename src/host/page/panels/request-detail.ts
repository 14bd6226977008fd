import type { GuestLog, HostCall, RequestRecord } from '../../wire/records.js';
import { h } from '../dom.js';
import { clock, shortHash } from '../status-badge.js';
import { bodyText } from './replay.js';
import { type DiffLine, diffLines } from './text-diff.js';

/** Everything that is known of a request, from the message to the answer. */
export function requestDetail(record: RequestRecord): HTMLElement {
  const facts: [string, string | undefined][] = [
    ['Request id', record.requestId],
    [
      'Came from',
      {
        bridge: 'the page, for the iframe',
        direct: 'another caller',
        replay: 'a replay',
        schedule: 'a schedule',
      }[record.origin],
    ],
    ['As', record.user && `${record.user.name} (${record.user.type})`],
    ['Bundle', record.contentHash && shortHash(record.contentHash)],
    ['Refused with', record.error],
    ['Runner said', record.runnerError],
  ];
  return h(
    'div',
    { class: 'detail' },
    timeline(record),
    h(
      'dl',
      { class: 'facts' },
      ...facts.flatMap(([term, value]) => (value ? [h('dt', {}, term), h('dd', {}, value)] : [])),
    ),
    ...record.notes.map((note) => h('p', { class: 'note' }, note)),
    message('Request to the handler', record.request.headers, bodyText(record.request.body)),
    message('Answer', record.response.headers, bodyText(record.response.body)),
    hostCalls(record.hostCalls),
    logLines(record.logs),
  );
}

const PARTS = [
  ['held', 'Waited for the new handler'],
  ['access', 'Access'],
  ['hydrate', 'Configuration'],
  ['runner', 'Runner'],
] as const;

/** Where the time went. */
function timeline({ timings, ms }: RequestRecord): HTMLElement {
  const spent = PARTS.filter(([part]) => timings[part] > 0);
  const bars = spent.map(([part, title]) => {
    const bar = h('span', { class: `bar bar-${part}`, title: `${title}: ${timings[part]} ms` });
    bar.style.flexGrow = String(Math.max(timings[part], ms / 100));
    return bar;
  });
  const legend = spent.map(([part, title]) =>
    h(
      'li',
      {},
      h('span', { class: `swatch bar-${part}`, 'aria-hidden': 'true' }),
      `${title} ${timings[part]} ms`,
    ),
  );
  return h(
    'div',
    {},
    h('div', { class: 'timeline', 'aria-hidden': 'true' }, ...bars),
    h('ul', { class: 'legend' }, ...legend),
  );
}

function message(title: string, headers: Readonly<Record<string, string>>, body: string): HTMLElement {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return h(
    'details',
    { class: 'fold', open: true },
    h('summary', {}, title),
    lines.length > 0 ? h('pre', { class: 'code muted' }, lines.join('\n')) : undefined,
    body === '' ? h('p', { class: 'muted' }, 'No body') : h('pre', { class: 'code', tabindex: 0 }, body),
  );
}

function hostCalls(calls: readonly HostCall[]): HTMLElement | undefined {
  if (calls.length === 0) return undefined;
  const rows = calls.map(({ service, operation, status, ms, error }) =>
    h(
      'li',
      { class: status >= 400 ? 'is-bad' : '' },
      `${service.replace('ext-', '')} ${operation}: ${status}, ${ms} ms`,
      error === undefined ? undefined : h('span', { class: 'muted' }, ` ${error}`),
    ),
  );
  return h(
    'details',
    { class: 'fold', open: true },
    h('summary', {}, 'Calls of the handler'),
    h('ul', { class: 'rows' }, ...rows),
  );
}

function logLines(logs: readonly GuestLog[]): HTMLElement | undefined {
  if (logs.length === 0) return undefined;
  return h(
    'details',
    { class: 'fold', open: true },
    h('summary', {}, 'Log'),
    h('ul', { class: 'rows' }, ...logs.map(logLine)),
  );
}

/** One line a guest wrote. */
export function logLine(log: GuestLog): HTMLElement {
  return h(
    'li',
    { class: 'log', 'data-level': log.level },
    h('time', { class: 'muted', datetime: log.at }, clock(log.at)),
    h('span', { class: 'log-level' }, log.stream === 'log' ? log.level : log.stream),
    h('span', { class: 'log-text' }, log.message, log.truncated ? ' …' : undefined),
  );
}

/** What a replay answered otherwise than the request before it. */
export function answerDiff(before: string, after: string): HTMLElement {
  if (before === after) return h('p', { class: 'diff-same' }, 'The same answer as before');
  const lines = diffLines(before, after);
  if (!lines) return h('p', {}, 'Another answer, too long to compare');
  return h(
    'pre',
    { class: 'code diff', tabindex: 0, 'aria-label': 'Difference to the answer before' },
    ...lines.map(diffLine),
  );
}

function diffLine({ kind, text }: DiffLine): HTMLElement {
  const mark = { same: ' ', removed: '-', added: '+' }[kind];
  return h('span', { class: `diff-line is-${kind}` }, `${mark} ${text}\n`);
}
