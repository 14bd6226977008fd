import { describe, expect, it } from 'vitest';
import { absoluteEnvironment, socketPath } from './layout.js';

describe('socketPath', () => {
  it('stays short enough for a socket wherever temporary files are', () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = `/tmp/${'long/'.repeat(30)}`;
    try {
      const path = socketPath({ ALGA_HOME: '/home/of/somebody' });
      expect(Buffer.byteLength(path)).toBeLessThan(104);
      expect(socketPath({ ALGA_HOME: '/home/of/another' })).not.toBe(path);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});

describe('absoluteEnvironment', () => {
  it('leaves an environment without ALGA_HOME as it is', () => {
    expect(absoluteEnvironment({ HOME: '/x' })).toEqual({ HOME: '/x' });
    expect(absoluteEnvironment({ ALGA_HOME: 'x' }).ALGA_HOME).toBe(`${process.cwd()}/x`);
  });
});
