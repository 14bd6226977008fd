import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ErrorReport } from './error-report.js';

const ABORT = 'Redirecting call to abort() to mozalloc_abort\n\n';
const BINDINGS =
  '  fn@/tmp/1/sources/initializer.js:6366:24\n  export_handler@/tmp/1/sources/initializer.js:1:1\n';

describe('what a guest says of its end', () => {
  const report = new ErrorReport();

  test('an exception: message, first place, and the author’s own frames', () => {
    const text = `said before\nno such thing\nStack:\n  find@handler.js:3:5\n  async*handler@handler.js:9:1\n${BINDINGS}\n${ABORT}`;
    expect(report.read(text, undefined)).toEqual({
      message: 'uncaught exception: no such thing (handler.js:3:5)',
      stack: '    at find (handler.js:3:5)\n    at async handler (handler.js:9:1)',
    });
  });

  test('places are mapped when there is a map, and shown as they are when it cannot be read', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'alga-error-report-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const file = join(dir, 'map.json');
    await writeFile(file, JSON.stringify({ version: 3, sources: ['src/a.ts'], mappings: ';;IAII' }));
    const text = `oops\nStack:\n  f@handler.js:3:5\n${ABORT}`;
    expect(report.read(text, file)?.stack).toBe('    at f (src/a.ts:5:5)');
    expect(report.read(text, join(dir, 'none'))?.stack).toBe('    at f (handler.js:3:5)');
  });

  test('a thrown value that is no error', () => {
    expect(report.read(`({a:1})\n${ABORT}`, undefined)).toEqual({
      message: 'uncaught: ({a:1})',
      stack: undefined,
    });
  });

  test('an answer of the wrong shape', () => {
    const text = `vec is undefined\nStack:\n  export_handler@/tmp/1/sources/initializer.js:1:1\n${ABORT}`;
    expect(report.read(text, undefined)?.message).toBe(
      'the handler gave back something that is no response: vec is undefined',
    );
  });

  test('panics of Rust, old and new, and of Go', () => {
    expect(
      report.read("thread '<unnamed>' panicked at 'bad', src/lib.rs:5:9\nnote: run\n", undefined),
    ).toEqual({
      message: 'panicked: bad (src/lib.rs:5:9)',
      stack: undefined,
    });
    const modern = "\nthread '<unnamed>' panicked at src/lib.rs:5:9:\nworse\nnote: run with x\n";
    expect(report.read(modern, undefined)?.message).toBe('panicked: worse (src/lib.rs:5:9)');
    expect(report.read('panic: boom\n\ngoroutine 1 [running]:\nmain.f()\n', undefined)).toEqual({
      message: 'panicked: boom',
      stack: 'goroutine 1 [running]:\nmain.f()',
    });
  });

  test('nothing about an exception', () => {
    expect(report.read('', undefined)).toBeUndefined();
    expect(report.read('just a warning\nStack:\n  not one', undefined)).toBeUndefined();
    expect(report.read(ABORT, undefined)).toBeUndefined();
  });
});
