import { describe, expect, it } from 'vitest';
import { contentHashOfHex, tenantIdSchema } from '../../core/ids.js';
import type { ErrorEvent } from '../../dev/events.js';
import type { ErrorView, ExtensionView, StepView, ViewState } from '../state.js';
import { initialState, reduce } from '../state.js';
import { painter } from '../text/paint.js';
import { screenLines } from './screen.js';

const ID = '3b8b0204-25d9-57d0-951b-3ed518145469';
const NOW = Date.parse('2026-11-21T10:00:00.000Z');

const error: ErrorEvent = {
  type: 'error',
  at: new Date(NOW).toISOString(),
  code: 'INTERNAL',
  message: 'A long message. '.repeat(40),
  hint: 'A long hint. '.repeat(40),
  file: `${'deep/'.repeat(40)}handler.ts`,
  line: 3,
  column: 5,
  frame: Array.from({ length: 9 }, (_, n) => `${n === 4 ? '>' : ' '} ${n} | ${'code '.repeat(40)}`).join(
    '\n',
  ),
};

const errors: ErrorView[] = [
  { event: error, stale: false },
  { event: error, stale: false },
];

const steps: StepView[] = (
  ['detect', 'validate', 'types', 'component', 'ui', 'pack', 'upload', 'register', 'warm', 'switch'] as const
).map((step) => ({ step, state: 'done', since: NOW, ms: 1234 }));

function extension(name: string, more: Partial<ExtensionView> = {}): ExtensionView {
  return {
    name,
    version: '0.1.0',
    tenantId: tenantIdSchema.parse(ID),
    contentHash: contentHashOfHex('ab'.repeat(32)),
    urls: {
      page: `http://localhost:3000/msp/extensions/${ID}`,
      gateway: `http://localhost:3000/api/ext/${ID}`,
      ui: `http://localhost:3000/runner/ext-ui/${ID}/live/`,
      runner: 'http://localhost:8085',
    },
    lastLive: { lane: 'published', ms: 312 },
    steps,
    errors: [],
    ...more,
  };
}

function screen(state: Partial<ViewState>, columns = 80, rows = 24): string[] {
  return screenLines(
    { ...initialState(), ...state },
    { columns, rows, now: NOW + 2500, paint: painter(false) },
  );
}

describe('the live part of the screen', () => {
  it('shows what is live, the addresses, the steps and the keys', () => {
    expect(screen({ extensions: [extension('Example/com.example.demo')] })).toEqual([
      '',
      '● com.example.demo  live in 312 ms  0.1.0  abababababab  tenant 3b8b0204',
      `page http://localhost:3000/msp/extensions/${ID}`,
      `api  http://localhost:3000/api/ext/${ID}`,
      'run  http://localhost:8085',
      `ui   http://localhost:3000/runner/ext-ui/${ID}/l`,
      '     ive/',
      '✓ detect 1.2 s  ✓ validate 1.2 s  ✓ types 1.2 s  ✓ component 1.2 s  ✓ ui 1.2 s',
      '✓ pack 1.2 s  ✓ upload 1.2 s  ✓ register 1.2 s  ✓ warm 1.2 s  ✓ switch 1.2 s',
      'r rebuild R runner o open d doctor l log:all b back c clear ? help q quit',
    ]);
  });

  it('offers f while the doctor has something to mend', () => {
    const [name, row] = ['Example/com.example.demo', { type: 'checkup', at: '', extension: 'a' } as const];
    const view = extension(name);
    const found = reduce(
      { ...initialState(), extensions: [view] },
      {
        type: 'event',
        event: { ...row, extension: name, mendable: ['registry.menu'] },
      },
    );
    const bar = 'r rebuild R runner o open d doctor f mend l log:all b back ? help q quit';
    expect(screen(found).at(-1)).toBe(bar);
    const mended = reduce(found, { type: 'event', event: { ...row, extension: name, mendable: [] } });
    expect(screen(mended).at(-1)).not.toContain('f mend');
  });

  it('is a skeleton before the first event', () => {
    expect(screen(initialState(['Example/com.example.demo'])).slice(0, 2)).toEqual([
      '',
      '○ com.example.demo  waiting',
    ]);
  });

  it('runs a clock on a running step', () => {
    const running: StepView = { step: 'component', state: 'running', since: NOW, detail: 'template' };
    const lines = screen({ extensions: [extension('a/b', { steps: [running] })] });
    expect(lines).toContain('⠴ component template 2.5 s');
    expect(lines[1]).toContain('building');
  });

  it('shows an error with place, the marked line of its frame, and hint', () => {
    const text = screen({ extensions: [extension('a/b', { errors })] }).join('\n');
    expect(text).toContain('✗ INTERNAL A long message.');
    expect(text).toContain('  deep/deep/');
    expect(text).toContain('    > 4 | code');
    expect(text).toContain('  hint: A long hint.');
    expect(text).toContain('  and 1 more, in the log above');
    expect(text).toContain('failed, still live:');
  });

  it('says what each key does', () => {
    const lines = screen({ help: true });
    expect(lines).toContain('  R    restart the runner');
    expect(lines.at(-1)).toContain('q quit');
  });

  it('puts a mark on the chosen extension', () => {
    const lines = screen({ extensions: [extension('a/one'), extension('a/two')], selected: 'a/two' });
    expect(lines.filter((line) => line.includes('▸')).map((line) => line.slice(0, 8))).toEqual(['● ▸two  ']);
  });

  const many = Array.from({ length: 30 }, (_, n) => extension(`a/${n}`));
  const states: readonly (readonly [string, Partial<ViewState>])[] = [
    ['one extension', { extensions: [extension(`a/${'long.'.repeat(30)}name`)] }],
    ['one that fails', { extensions: [extension('a/b', { errors })] }],
    ['three', { extensions: many.slice(0, 3) }],
    ['three, one failing', { extensions: [...many.slice(0, 2), extension('a/x', { errors })] }],
    ['thirty', { extensions: many }],
    ['thirty, failing', { extensions: many.map((view) => ({ ...view, errors })), errors, shared: steps }],
    ['help', { help: true, extensions: many }],
    ['leaving', { phase: 'leaving' }],
    ['nothing', {}],
  ];
  const sizes = [
    [80, 24],
    [120, 40],
    [200, 60],
    [40, 12],
    [20, 6],
  ] as const;

  it.each(
    states.flatMap(([name, state]) => sizes.map(([columns, rows]) => ({ name, state, columns, rows }))),
  )('fits the terminal: $name in $columns x $rows', ({ state, columns, rows }) => {
    const lines = screen(state, columns, rows);
    expect(lines.length).toBeLessThan(rows);
    if (columns >= 80) expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  });

  it('is empty when the terminal is given back', () => {
    expect(screen({ phase: 'gone', extensions: many })).toEqual([]);
  });
});
