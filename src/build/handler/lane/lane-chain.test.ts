import { describe, expect, it } from 'vitest';
import { algaError } from '../../../core/errors/alga-error.js';
import type { BuildLane } from '../door.js';
import { RefusedWit } from '../template/template-provider.js';
import type { ComponentLane, LaneJob } from './component-lane.js';
import { LaneChain } from './lane-chain.js';

const never = new AbortController().signal;
const job = {} as LaneJob;
const component = Uint8Array.of(1);

function lane(name: BuildLane, work: () => Promise<Uint8Array>): ComponentLane & { tries: number } {
  return {
    name,
    tries: 0,
    async build() {
      this.tries++;
      return { component: await work() };
    },
    stop: async () => undefined,
  };
}

const open = (name: BuildLane) => lane(name, async () => component);
const closed = (name: BuildLane, why = 'no engine') => lane(name, () => Promise.reject(new Error(why)));

describe('LaneChain', () => {
  it('takes the first lane that works', async () => {
    const notes: string[] = [];
    const second = open('graft');
    const chain = new LaneChain([open('snapshot'), second], (note) => notes.push(note));
    expect(await chain.build(job, never)).toEqual({ component, lane: 'snapshot' });
    expect(second.tries).toBe(0);
    expect(notes).toEqual([]);
  });

  it('falls through closed lanes, saying so once, and does not try them again', async () => {
    const notes: string[] = [];
    const first = closed('snapshot', 'the process was ended by SIGSEGV\nmore');
    const chain = new LaneChain([first, closed('graft', 'no wizer'), open('official')], (note) =>
      notes.push(note),
    );
    expect((await chain.build(job, never)).lane).toBe('official');
    expect((await chain.build(job, never)).lane).toBe('official');
    expect(first.tries).toBe(1);
    expect(notes).toEqual([
      'Handlers are built by the native snapshot tool, about 0.3 s each: the faster way is closed (the process was ended by SIGSEGV).',
      'Handlers are built by the official tools, some seconds each: the faster way is closed (no wizer).',
    ]);
  });

  it.each([
    ['an error of the author', () => algaError('HANDLER_SYNTAX', { detail: 'x' })],
    ['a refused interface definition', () => new RefusedWit('x')],
  ])('does not retry %s in another way', async (_name, make) => {
    const error = make();
    const chain = new LaneChain(
      [lane('snapshot', () => Promise.reject(error)), open('official')],
      () => undefined,
    );
    await expect(chain.build(job, never)).rejects.toBe(error);
    expect(chain.current.name).toBe('snapshot');
  });

  it('does not take an abort for a closed lane', async () => {
    const abort = new AbortController();
    const reason = new Error('newer save');
    const first = lane('snapshot', () => {
      abort.abort(reason);
      return Promise.reject(new Error('the process was killed'));
    });
    const chain = new LaneChain([first, open('official')], () => undefined);
    await expect(chain.build(job, abort.signal)).rejects.toBe(reason);
    expect(chain.current.name).toBe('snapshot');
  });

  it('fails with a coded error when no lane is left', async () => {
    const chain = new LaneChain([closed('snapshot'), closed('official', 'disk full')], () => undefined);
    await expect(chain.build(job, never)).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringContaining('disk full'),
    });
  });
});
