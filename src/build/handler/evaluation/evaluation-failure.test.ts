import { describe, expect, it } from 'vitest';
import type { SourceBundle } from '../bundling/source-bundle.js';
import { evaluationFailure, hostCallName } from './evaluation-failure.js';

/** Two lines of a bundle that stand in line 3 and 4 of the author's file. */
const bundle: SourceBundle = {
  code: 'const a = 1;\nfoo();\n',
  sourceMap: JSON.stringify({
    version: 3,
    sources: ['src/handler.ts'],
    sourcesContent: ['// one\n// two\nconst a: number = 1;\n  foo();\n'],
    names: [],
    mappings: 'AAEA;AACE',
  }),
  guestPath: 'src/handler.js',
  inputs: [],
  hostImports: [],
  warnings: [],
};

const failure = (printed: string) => evaluationFailure({ printed }, bundle);

describe('evaluationFailure', () => {
  it('places an exception in the author’s file', () => {
    const error = failure(
      'Exception while evaluating top-level script\nsrc/handler.js:2:1 ReferenceError: foo is not defined\n' +
        'Stack:\n  @src/handler.js:2:1\n',
    );
    expect(error).toMatchObject({
      code: 'HANDLER_EVALUATION_FAILED',
      message: 'The handler fails while it is loaded: ReferenceError: foo is not defined',
      location: { file: 'src/handler.ts', line: 4, column: 3 },
    });
    expect(error.location?.frame).toContain('> 4 |   foo();');
  });

  it('knows syntax that only the engine refuses', () => {
    const error = failure(
      'Exception while evaluating top-level script\n' +
        'src/handler.js:1:1 SyntaxError: invalid property name in regular expression:\nsrc/handler.js:1:1 \\p{L}\n',
    );
    expect(error).toMatchObject({ code: 'HANDLER_SYNTAX', location: { line: 3, column: 1 } });
  });

  it('tells a thrown text without a place', () => {
    const error = failure('Exception while evaluating top-level script\nuncaught exception: just a string\n');
    expect(error.message).toContain('uncaught exception: just a string');
    expect(error.location).toBeUndefined();
  });

  it('names the host function that was called too early', () => {
    const call = { module: 'alga:extension/ui-proxy', name: 'call-route' };
    expect(evaluationFailure({ printed: '', call }, bundle)).toMatchObject({
      code: 'HANDLER_HOST_CALL_AT_LOAD',
      message: expect.stringContaining('alga:extension/ui-proxy.callRoute'),
    });
    const native =
      "1: Error: attempted to call an unknown imported function: 'wasi:random/random@0.2.10' 'get-random-u64'";
    expect(failure(native).message).toContain('Math.random');
  });

  it('knows a missing export and a name the host does not have', () => {
    const missing = 'Error: "src/handler.js" does not export a "handler" function as expected by the world.';
    expect(failure(missing)).toMatchObject({ code: 'HANDLER_EXPORT_MISSING' });
    const unknown =
      "src/handler.js:1:9 SyntaxError: The requested module '<internal>' doesn't provide an export named: 'list'";
    expect(failure(`Exception while evaluating top-level script\n${unknown}`)).toMatchObject({
      code: 'HANDLER_NAME_NOT_EXPORTED',
    });
  });

  it('knows a clock that is asked too early', () => {
    const printed = 'bad_optional_access was thrown in -fno-exceptions mode\nThe engine stopped: unreachable';
    expect(failure(printed).message).toContain('performance.now');
  });
});

describe('hostCallName', () => {
  it.each([
    ['wasi:random/random@0.2.10', 'get-random-bytes', 'crypto.getRandomValues or crypto.randomUUID'],
    ['wasi:clocks/monotonic-clock@0.2.10', 'subscribe-duration', 'setTimeout or setInterval'],
    ['alga:extension/storage', 'list-entries', 'alga:extension/storage.listEntries'],
  ])('%s %s', (module, name, expected) => {
    expect(hostCallName(module, name)).toBe(expected);
  });
});
