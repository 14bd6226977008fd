import { describe, expect, it } from 'vitest';
import type { UnstampedEvent } from './events.js';
import { UiErrors } from './ui-errors.js';

const error: UnstampedEvent = {
  type: 'error',
  step: 'ui',
  code: 'UI_SYNTAX',
  message: 'does not parse',
  hint: 'mend it',
  file: 'ui/src/App.tsx',
  line: 3,
};
const done: UnstampedEvent = { type: 'step', step: 'ui', state: 'done', ms: 1 };

describe('errors of a UI', () => {
  const heard: UnstampedEvent[] = [];
  const errors = new UiErrors();
  const emit = (event: UnstampedEvent): void => void heard.push(event);
  const [live, build] = [errors.ofLive(emit), errors.ofBuild(emit)];
  const hears = (...events: UnstampedEvent[]): void => expect(heard.splice(0)).toEqual(events);

  it('are told once for each save, whoever meets them first', () => {
    live(error);
    build(error);
    hears(error);
    live(error);
    build(error);
    hears(error);
  });

  it('are not told by the live server when the build was quicker', () => {
    build(done);
    build(error);
    live(error);
    hears(done, error);
  });

  it('are told when they come back, and when they are others', () => {
    build(done);
    live(error);
    live({ ...error, line: 4 });
    hears(done, error, { ...error, line: 4 });
  });
});
