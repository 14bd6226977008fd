import { expect, test } from 'vitest';
import { afterMessage } from './extension-state.js';
import type { ChannelMessage, ExtensionState, PageError } from './messages.js';

const state: ExtensionState = {
  registryId: 'r',
  extension: 'a/b',
  displayName: 'B',
  label: 'B',
  tenantId: 't',
  hasUi: true,
  developed: true,
  projectRoot: '/p',
  errors: [],
};
const error = (message: string): PageError => ({ code: 'X', message, hint: '' });
type Said = Omit<ChannelMessage, 'at' | 'registryId'> & { registryId?: string };
const after = (...messages: Said[]): ExtensionState | undefined =>
  messages.reduce<readonly ExtensionState[]>(
    (states, message) =>
      afterMessage(states, { at: '2026-11-21T10:00:00Z', registryId: 'r', ...message } as ChannelMessage),
    [state],
  )[0];
const steps = (shown: ExtensionState | undefined) => shown?.errors.map(({ step }) => step);

test('errors are kept by step, the newest of each', () => {
  const shown = after(
    { type: 'error', step: 'component', error: error('one') } as Said,
    { type: 'error', step: 'ui', error: error('two') } as Said,
    { type: 'error', step: 'component', error: error('three') } as Said,
  );
  expect(shown?.errors.map(({ error: { message } }) => message)).toEqual(['two', 'three']);
});

const broken: Said[] = ['component', 'ui', 'types', 'upload'].map(
  (step) => ({ type: 'error', step, error: error(step) }) as Said,
);

test.each([
  [{ type: 'step', step: 'ui', state: 'done' }, ['component', 'types', 'upload']],
  [{ type: 'step', step: 'ui', state: 'started' }, ['component', 'ui', 'types', 'upload']],
  [{ type: 'cleared', step: 'types' }, ['component', 'ui', 'upload']],
  [{ type: 'cleared' }, []],
  [{ type: 'live', lane: 'ui', ms: 1 }, ['component', 'types', 'upload']],
  [{ type: 'live', lane: 'handler', ms: 1 }, ['ui', 'upload']],
  [{ type: 'live', lane: 'published', ms: 1 }, []],
  [{ type: 'cleared', registryId: 'another' }, ['component', 'ui', 'types', 'upload']],
] as [Said, string[]][])('%j leaves %j', (message, left) => {
  expect(steps(after(...broken, message))).toEqual(left);
});

test('what the page has thrown stays until that is cleared', () => {
  const thrown = { type: 'error', step: 'page', error: error('thrown') } as Said;
  const published = { type: 'live', lane: 'published', ms: 1 } as Said;
  expect(steps(after(...broken, thrown, published))).toEqual(['page']);
  expect(steps(after(thrown, { type: 'cleared', step: 'page' } as Said))).toEqual([]);
});

test('a message without an extension concerns all', () => {
  const [first] = afterMessage([{ ...state, errors: [{ step: 'ui', error: error('x') }] }], {
    type: 'cleared',
    at: '',
  });
  expect(first?.errors).toEqual([]);
});
