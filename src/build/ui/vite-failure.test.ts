import { describe, expect, it } from 'vitest';
import { failureOf } from './vite-failure.js';

describe('failureOf', () => {
  it('reads a parse error, whose column counts from 0, through colours and drawings', () => {
    const inner = Object.assign(
      new Error('\u001b[31m[PARSE_ERROR] \u001b[0mUnexpected token\n   ╭─[ ui/App.tsx:9:20 ]\n'),
      {
        code: 'PARSE_ERROR',
        loc: { line: 9, column: 19, file: '/p/ui/App.tsx' },
      },
    );
    const outer = Object.assign(new Error('Transform failed with 1 error:\n\n...'), { errors: [inner] });
    expect(failureOf(outer, '/p')).toEqual({
      kind: 'syntax',
      text: 'Unexpected token',
      file: '/p/ui/App.tsx',
      line: 9,
      column: 20,
    });
  });

  it('takes the place from the drawing when the error has no file', () => {
    const inner = Object.assign(
      new Error('[builtin:vite-transform] Expected `,`\n    ╭─[ ui/App.tsx:33:4 ]\n'),
      {
        code: 'PLUGIN_ERROR',
        loc: { line: 33, column: 3 },
      },
    );
    expect(failureOf({ errors: [inner] }, '/p')).toMatchObject({
      kind: 'syntax',
      text: 'Expected `,`',
      file: '/p/ui/App.tsx',
      line: 33,
      column: 4,
    });
  });

  it('says the cause of an error that only tells which plugin threw', () => {
    const message =
      '[builtin:vite-json] plugin `builtin:vite-json` threw an error\n\nCaused by:\n    expected value at line 1\n\nStack backtrace:\n';
    expect(failureOf({ errors: [new Error(message)] }, '/p')).toEqual({
      kind: 'build',
      text: 'expected value at line 1',
    });
  });

  it('gives something for whatever is thrown', () => {
    expect(failureOf('no', '/p')).toEqual({ kind: 'build', text: 'no' });
    expect(failureOf(undefined, '/p')).toEqual({ kind: 'build', text: 'undefined' });
    expect(failureOf({ errors: [{}] }, '/p').kind).toBe('build');
  });
});
