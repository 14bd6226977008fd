import { describe, expect, it } from 'vitest';
import { contentHashOfHex } from '../core/ids.js';
import type { SessionEvent, UnstampedEvent } from '../dev/events.js';
import { initialState, isBusy, logKind, reduce, type ViewState } from './state.js';

const at = '2026-11-21T10:00:00.000Z';
const A = 'Example/a';
const hash = (digit: string) => contentHashOfHex(digit.repeat(64));

function stateAfter(events: readonly UnstampedEvent[], state: ViewState = initialState([A])): ViewState {
  return events.reduce<ViewState>(
    (current, event) => reduce(current, { type: 'event', event: { at, ...event } as SessionEvent }),
    state,
  );
}

const broken: UnstampedEvent = {
  type: 'error',
  extension: A,
  step: 'component',
  code: 'INTERNAL',
  message: 'm',
  hint: 'h',
};

describe('the steps of the pipeline', () => {
  it('run, progress and end with their time', () => {
    const started = stateAfter([{ type: 'step', extension: A, step: 'component', state: 'started' }]);
    expect(started.extensions[0]?.steps).toEqual([
      { step: 'component', state: 'running', since: Date.parse(at) },
    ]);
    expect(isBusy(started)).toBe(true);
    const moved = stateAfter(
      [{ type: 'step', extension: A, step: 'component', state: 'progress', detail: 'x' }],
      started,
    );
    expect(moved.extensions[0]?.steps[0]).toMatchObject({
      state: 'running',
      detail: 'x',
      since: Date.parse(at),
    });
    const done = stateAfter(
      [{ type: 'step', extension: A, step: 'component', state: 'done', ms: 40 }],
      moved,
    );
    expect(done.extensions[0]?.steps[0]).toMatchObject({ state: 'done', ms: 40 });
    expect(isBusy(done)).toBe(false);
  });

  it('begin anew with a change', () => {
    const state = stateAfter([
      { type: 'step', extension: A, step: 'ui', state: 'done', ms: 1 },
      { type: 'change', extension: A, files: ['x'], kinds: ['ui'] },
    ]);
    expect(state.extensions[0]?.steps).toEqual([]);
  });

  it('of the stack belong to no extension', () => {
    const state = stateAfter([{ type: 'step', step: 'stack', state: 'started' }]);
    expect(state.shared).toHaveLength(1);
    expect(state.extensions[0]?.steps).toEqual([]);
  });
});

describe('what is live', () => {
  it('is the published hash', () => {
    const state = stateAfter([
      {
        type: 'live',
        extension: A,
        lane: 'published',
        ms: 30,
        contentHash: hash('b'),
        version: '0.2.0',
        changed: true,
      },
      { type: 'live', extension: A, lane: 'handler', ms: 20 },
    ]);
    expect(state.extensions[0]).toMatchObject({
      contentHash: hash('b'),
      version: '0.2.0',
      lastLive: { lane: 'handler', ms: 20 },
    });
  });

  it('of an extension that was not announced makes it known', () => {
    expect(
      stateAfter([{ type: 'live', extension: 'B/b', lane: 'ui', ms: 1 }]).extensions.map(({ name }) => name),
    ).toEqual([A, 'B/b']);
  });
});

describe('an error', () => {
  it('stays while other steps and lanes go on', () => {
    const state = stateAfter([
      broken,
      { type: 'step', extension: A, step: 'ui', state: 'done' },
      { type: 'live', extension: A, lane: 'ui', ms: 1 },
    ]);
    expect(state.extensions[0]?.errors).toHaveLength(1);
  });

  it.each<UnstampedEvent>([
    { type: 'step', extension: A, step: 'component', state: 'done' },
    { type: 'live', extension: A, lane: 'published', ms: 1, contentHash: hash('c') },
  ])('is over after %j', (event) => {
    expect(stateAfter([broken, event]).extensions[0]?.errors).toEqual([]);
  });

  it('joins others of its round, type errors last, and goes when its step fails anew', () => {
    const types = { ...broken, step: 'types', code: 'TYPES_MISMATCH' } as const;
    const codes = (state: ViewState) => state.extensions[0]?.errors.map(({ event }) => event.message);
    const first = stateAfter([
      { ...types, message: 't1' },
      { ...types, message: 't2' },
      { ...broken, message: 'c1' },
    ]);
    expect(codes(first)).toEqual(['c1', 't1', 't2']);
    const again = stateAfter(
      [
        { type: 'step', extension: A, step: 'types', state: 'started' },
        { type: 'step', extension: A, step: 'component', state: 'started' },
        { ...types, message: 't3' },
      ],
      first,
    );
    expect(codes(again)).toEqual(['c1', 't3']);
  });

  it('of no extension is shown for all, until its step passes', () => {
    const { extension: _none, ...rest } = { ...broken, step: 'stack' as const };
    const state = stateAfter([rest]);
    expect(state.errors).toHaveLength(1);
    expect(stateAfter([{ type: 'step', step: 'stack', state: 'done' }], state).errors).toEqual([]);
  });
});

describe('the keys of the screen', () => {
  it('go through the filters and back', () => {
    const filters = [1, 2, 3, 4].reduce<ViewState[]>(
      (states) => [...states, reduce(states.at(-1) ?? initialState(), { type: 'filter' })],
      [],
    );
    expect(filters.map(({ filter }) => filter)).toEqual(['build', 'requests', 'guest', 'all']);
  });

  it('choose extensions in turn, then all', () => {
    let state = initialState(['a', 'b']);
    const chosen: (string | undefined)[] = [];
    for (let n = 0; n < 3; n++) {
      state = reduce(state, { type: 'select' });
      chosen.push(state.selected);
    }
    expect(chosen).toEqual(['a', 'b', undefined]);
    expect(reduce(initialState(['a']), { type: 'select' }).selected).toBeUndefined();
  });

  it('do not change what was', () => {
    const before = initialState([A]);
    const copy = structuredClone(before);
    stateAfter([broken, { type: 'step', extension: A, step: 'ui', state: 'started' }], before);
    expect(before).toEqual(copy);
  });
});

describe('log lines', () => {
  it('are of three kinds', () => {
    const request: UnstampedEvent = {
      type: 'request',
      extension: A,
      requestId: '',
      method: '',
      path: '',
      status: 1,
      ms: 1,
    };
    const guest: UnstampedEvent = { type: 'guestLog', level: 'info', stream: 'log', message: '' };
    expect([request, guest, broken].map((event) => logKind({ at, ...event } as SessionEvent))).toEqual([
      'requests',
      'guest',
      'build',
    ]);
  });
});
