import { describe, expect, it } from 'vitest';
import {
  contentHashOfHex,
  installIdSchema,
  registryIdSchema,
  tenantIdSchema,
  versionIdSchema,
} from '../../core/ids.js';
import type { SessionEvent } from '../../dev/events.js';
import { clockText } from '../../tui/text/units.js';
import { createJsonRenderer } from './json.js';
import { createPlainRenderer } from './plain.js';

const at = '2026-11-21T10:00:00.000Z';
const time = clockText(at);
const extension = 'Example/com.example.demo';
const contentHash = contentHashOfHex('ab'.repeat(32));
const ID = '3b8b0204-25d9-57d0-951b-3ed518145469';
const ESCAPES = '\u001b]52;c;cm0=\u0007\u001b[2Jred\u202eder\u009b1m';

const ready: SessionEvent = {
  type: 'ready',
  at,
  extension,
  urls: { page: 'http://localhost:3000/p', gateway: 'http://g', ui: 'http://u', runner: 'http://r' },
  tenantId: tenantIdSchema.parse(ID),
  registryId: registryIdSchema.parse(ID),
  versionId: versionIdSchema.parse(ID),
  installId: installIdSchema.parse(ID),
  contentHash,
  version: '1.0.0',
  ms: 1234,
};
const failed: SessionEvent = {
  type: 'error',
  at,
  extension,
  step: 'component',
  code: 'MANIFEST_INVALID',
  message: 'first line\nsecond line',
  hint: 'Mend it.',
  cause: '\ndeeper\n   ╭─[ src/handler.ts ]',
  file: 'src/handler.ts',
  line: 3,
  column: 5,
  frame: '> 3 | let x =;\n    |        ^',
};

describe('plain lines', () => {
  const lines = (event: SessionEvent) => createPlainRenderer({ color: false })(event);

  it.each<[string, SessionEvent, readonly string[]]>([
    [
      'ready',
      ready,
      [
        `${time} ready ${extension} 1.0.0 sha256:abababababab in 1.2 s`,
        '         page    http://localhost:3000/p',
        '         gateway http://g',
        '         ui      http://u',
        '         runner  http://r',
        `         tenant  ${ID}`,
      ],
    ],
    [
      'change',
      { type: 'change', at, extension, files: ['src/a.ts', 'ui/b.tsx'], kinds: ['handler', 'ui'] },
      [`${time} change src/a.ts, ui/b.tsx`],
    ],
    [
      'a started step',
      { type: 'step', at, extension, step: 'component', state: 'started' },
      [`${time} · component …`],
    ],
    [
      'a done step',
      { type: 'step', at, extension, step: 'pack', state: 'done', ms: 312, detail: '3.1 MB' },
      [`${time} ✓ pack 312 ms 3.1 MB`],
    ],
    [
      'a failed step',
      { type: 'step', at, step: 'stack', state: 'failed', ms: 65_000 },
      [`${time} ✗ stack 1 min 05 s`],
    ],
    ['live', { type: 'live', at, extension, lane: 'handler', ms: 45 }, [`${time} live handler in 45 ms`]],
    [
      'published',
      { type: 'live', at, extension, lane: 'published', ms: 450, contentHash, changed: true },
      [`${time} published sha256:abababababab in 450 ms`],
    ],
    [
      'unchanged',
      { type: 'live', at, extension, lane: 'published', ms: 45, contentHash, changed: false },
      [`${time} unchanged sha256:abababababab is still served in 45 ms`],
    ],
    [
      'error',
      failed,
      [
        `${time} ✗ MANIFEST_INVALID first line`,
        '           second line',
        '           src/handler.ts:3:5',
        '             > 3 | let x =;',
        '                 |        ^',
        '           cause: deeper',
        '           hint: Mend it.',
      ],
    ],
    [
      'warning',
      { type: 'warning', at, code: 'X', message: 'm', hint: 'h', file: 'manifest.json', line: 2, column: 1 },
      [`${time} ! X m`, '           manifest.json:2:1', '           hint: h'],
    ],
    [
      'request',
      {
        type: 'request',
        at,
        extension,
        requestId: 'r',
        method: 'GET',
        path: '/a',
        status: 502,
        ms: 12,
        runnerError: 'boom',
      },
      [`${time} GET /a 502 12 ms`, '           boom'],
    ],
    [
      'guest log',
      { type: 'guestLog', at, extension, level: 'info', stream: 'log', message: 'a\nb' },
      [`${time} guest a`, '           b'],
    ],
    ['note', { type: 'note', at, message: 'runner restarted' }, [`${time} runner restarted`]],
    ['stopped', { type: 'stopped', at, reason: 'quit' }, [`${time} stopped: quit`]],
  ])('%s', (_name, event, expected) => {
    expect(lines(event)).toEqual(expected);
  });

  it('names the extension once there are two', () => {
    const render = createPlainRenderer({ color: false });
    expect(render({ type: 'note', at, extension: 'A/one', message: 'x' })).toEqual([`${time} x`]);
    expect(render({ type: 'note', at, extension: 'A/two', message: 'x' })).toEqual([`${time} two x`]);
  });

  it('writes colours only when asked to', () => {
    expect(lines(failed).join('')).not.toContain('\u001b');
    expect(createPlainRenderer({ color: true })(failed).join('')).toContain('\u001b[31m');
  });

  it('lets no foreign text drive the terminal', () => {
    const events: SessionEvent[] = [
      { type: 'guestLog', at, extension, level: 'warn', stream: 'stdout', message: ESCAPES },
      { type: 'change', at, extension, files: [ESCAPES], kinds: ['ui'] },
      {
        type: 'request',
        at,
        extension,
        requestId: 'r',
        method: ESCAPES,
        path: ESCAPES,
        status: 1,
        ms: 1,
        runnerError: ESCAPES,
      },
      { ...failed, message: ESCAPES, hint: ESCAPES, file: ESCAPES, frame: ESCAPES, cause: ESCAPES },
      { type: 'step', at, extension: ESCAPES, step: 'ui', state: 'done', detail: ESCAPES },
    ];
    const text = events.flatMap(createPlainRenderer({ color: false })).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('redder1m');
  });
});

describe('JSON lines', () => {
  const render = createJsonRenderer();
  const parsed = (event: SessionEvent): unknown => {
    const lines = render(event);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
    return JSON.parse(lines[0] ?? '');
  };

  it.each([ready, failed])('keeps every field of $type, type and time first', (event) => {
    expect(parsed(event)).toEqual(event);
    expect(render(event)[0]).toMatch(new RegExp(`^\\{"type":"${event.type}","at":"${at}",`));
  });

  it('says progress of a step as a note', () => {
    const event: SessionEvent = {
      type: 'step',
      at,
      extension,
      step: 'stack',
      state: 'progress',
      detail: 'starting',
    };
    expect(parsed(event)).toEqual({ type: 'note', at, extension, step: 'stack', message: 'starting' });
  });

  it('escapes what could drive a terminal, and stays the same text', () => {
    const event: SessionEvent = {
      type: 'guestLog',
      at,
      extension,
      level: 'info',
      stream: 'log',
      message: ESCAPES,
    };
    expect(parsed(event)).toEqual(event);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(render(event)[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});
