import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type ComponentInstance,
  ComponentProgram,
} from '../../runner/src/engine/component/component-program.js';
import type { ImportProvider } from '../../runner/src/engine/component/import-binding.js';
import { instantiate } from '../../runner/src/engine/component/linker.js';
import { type FunctionType, ResourceType } from '../../runner/src/engine/component/types.js';
import { Preparer } from '../../runner/src/engine/prepare/preparation.js';
import { componentFixture } from '../fixtures/components/component-fixtures.js';
import { scratchFolder } from '../support/runner/scratch-folder.js';

const MAX_PAGES = 4096;

type HostFunctions = (
  interfaceName: string,
  name: string,
  type: FunctionType,
) => (...args: unknown[]) => unknown;

async function instanceOf(file: string, host: HostFunctions, dropped = (_: unknown) => {}): Promise<Calls> {
  const { preparation } = await new Preparer(MAX_PAGES).prepare({
    kind: 'component',
    hash: 'h',
    file,
    sourceMapFile: undefined,
  });
  const resources = new Map<string, ResourceType>();
  const provider: ImportProvider = {
    func: (interfaceName, name, type) => {
      const run = host(interfaceName, name, type);
      return (args) => run(...args);
    },
    resource: (interfaceName, name) => {
      const key = `${interfaceName}/${name}`;
      const resource = resources.get(key) ?? new ResourceType(key);
      resources.set(key, resource);
      return resource;
    },
    dropped: (_, rep) => dropped(rep),
  };
  const { shape, state } = preparation;
  const program = new ComponentProgram(shape.root, shape.modules);
  return new Calls(instantiate(program, state, provider, MAX_PAGES));
}

class Calls {
  readonly instance: ComponentInstance;

  constructor(instance: ComponentInstance) {
    this.instance = instance;
    instance.allow(1024 * 1024);
  }

  /** Calls an export, `name` or `interface#name`. */
  call(path: string, ...args: unknown[]): unknown {
    const [first = '', second] = path.split('#');
    const item = this.instance.exports.get(first);
    const found =
      second === undefined ? item : item?.sort === 'instance' ? item.value.get(second) : undefined;
    if (found?.sort !== 'func') throw new Error(`no function ${path}`);
    return found.value.call(args);
  }
}

/** An instance of a component given as text. */
async function fromText(
  text: string,
  host: HostFunctions = () => () => undefined,
  dropped?: (rep: unknown) => void,
): Promise<Calls> {
  const folder = await scratchFolder('component-text');
  onTestFinished(() => folder.remove());
  const file = join(folder.path, 'component.wasm');
  await writeFile(file, await parse(text));
  return await instanceOf(file, host, dropped);
}

describe('every kind of type travels unchanged', () => {
  const received = new Map<string, unknown[]>();
  let guest: Calls;
  beforeAll(async () => {
    guest = await instanceOf(await componentFixture('abi'), (_, name, type) => (...args) => {
      received.set(name, args);
      if (name === 'wide') return 'wide came';
      return type.params.length === 1 ? args[0] : args;
    });
  });

  const point = { x: 1.5, yAxis: -7, label: 'p' };
  const shapes = [
    { tag: 'none' },
    { tag: 'circle', val: 0.5 },
    { tag: 'big', val: 2n ** 63n },
    { tag: 'named', val: 'n' },
    { tag: 'at', val: point },
    { tag: 'pair', val: [9, -9n] },
  ];
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`a${i}`, i % 2 === 1]));
  const rows: ReadonlyArray<readonly [string, ...unknown[]]> = [
    ['bools', [true, false]],
    ['bools', []],
    ['small', 255, -128, 65535, -32768],
    ['large', 4294967295, -2147483648, 2n ** 64n - 1n, -(2n ** 63n)],
    ['floats', 1.5, -0.1],
    ['chars', ['a', 'é', '😀']],
    ['text', 'grüße 😀 \u0000 end'],
    ['text', ''],
    ['texts', ['', 'a', 'ü'.repeat(1000)]],
    ['bytes', Uint8Array.of(0, 255, 7)],
    ['points', [point, { x: -1, yAxis: undefined, label: '' }]],
    ['shapes', shapes],
    ...shapes.map((shape) => ['shape-alone', shape] as const),
    ['flag-sets', { read: false, writeAll: true, run: false }, many],
    ['colours', ['red', 'dark-green', 'blue']],
    ['options', ['some', undefined]],
    ['nested-option', undefined],
    ['nested-option', { val: undefined }],
    ['nested-option', { val: 5 }],
    ['outcome', { tag: 'ok', val: 'fine' }],
    ['outcome', { tag: 'err', val: 200 }],
    ['bare-outcome', { tag: 'ok' }],
    ['bare-outcome', { tag: 'err' }],
  ];

  test.each(rows)('host to guest and back: %s %o', (name, ...args) => {
    expect(guest.call(`test:abi/values#${name}`, ...args)).toEqual(args.length === 1 ? args[0] : args);
  });

  test('host to guest through memory: more than sixteen values', () => {
    const args = ['1', '2', '3', '4', '5', point, { tag: 'big', val: 5n }, 6n];
    expect(JSON.parse(String(guest.call('test:abi/values#wide', ...args)))).toEqual([
      ...['1', '2', '3', '4', '5'],
      point,
      { tag: 'big', val: '5n' },
      '6n',
    ]);
  });

  // Not `large`: the guest's own bindings fail to pass 64-bit integers as plain parameters.
  test.each([
    'bools',
    'small',
    'floats',
    'chars',
    'text',
    'texts',
    'bytes',
    'points',
    'shapes',
    'shapeAlone',
    'flagSets',
    'colours',
    'options',
  ])('guest to host and back: %s', (name) => {
    const { sent, back } = JSON.parse(String(guest.call('relay', name)));
    expect(back).toEqual(sent.length === 1 ? sent[0] : sent);
  });

  test('guest to host through memory', () => {
    guest.call('relay', 'wide');
    expect(received.get('wide')).toEqual([
      ...['1', '2', '3', '4', '5'],
      { x: 1.5, yAxis: -7, label: 'w' },
      { tag: 'big', val: 5n },
      6n,
    ]);
  });
});

const ECHO_MODULE = `
  (core module $m
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.get $top)
      (global.set $top (i32.add (global.get $top) (local.get 3))))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16))
    (func (export "give") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $i (instantiate $m))`;

/** A component that gives back the string it is given, and one at any place it is told. */
const echo = (encoding: string): string => `(component ${ECHO_MODULE}
  (func (export "echo") (param "s" string) (result string)
    (canon lift (core func $i "echo") (memory $i "memory") (realloc (func $i "realloc"))
      string-encoding=${encoding}))
  (func (export "give") (param "pointer" u32) (param "length" u32) (result string)
    (canon lift (core func $i "give") (memory $i "memory") string-encoding=${encoding}))
  (func (export "give-list") (param "pointer" u32) (param "length" u32) (result (list u64))
    (canon lift (core func $i "give") (memory $i "memory"))))`;

describe('strings and lists', () => {
  test.each(['utf8', 'utf16', 'latin1+utf16'])('in %s', async (encoding) => {
    const calls = await fromText(echo(encoding));
    for (const text of ['', 'plain', 'grüße', '😀 far', 'x'.repeat(5000)]) {
      expect(calls.call('echo', text)).toBe(text);
    }
  });

  test('half a character becomes the replacement character', async () => {
    expect((await fromText(echo('utf8'))).call('echo', 'a\ud800b')).toBe('a\ufffdb');
    expect((await fromText(echo('utf16'))).call('echo', 'a\ud800b')).toBe('a\ufffdb');
  });

  test('that lie outside of memory, askew, or beyond what is allowed, end the call', async () => {
    const calls = await fromText(echo('utf8'));
    expect(() => calls.call('give', 65_530, 10)).toThrow('a pointer outside of memory');
    expect(() => calls.call('give', 0, 0xffff_ffff)).toThrow('a pointer outside of memory');
    expect(() => calls.call('give-list', 4, 1)).toThrow('a misaligned pointer');
    expect(() => calls.call('give-list', 8, 8192)).toThrow('a pointer outside of memory');
    calls.instance.allow(100);
    expect(() => calls.call('give', 0, 101)).toThrow('handed over more data than is allowed');
    expect(() => calls.call('give-list', 0, 8)).toThrow('handed over more data than is allowed');
    expect(calls.call('give', 0, 3)).toBe('\0\0\0');
  });

  test('that are not UTF-8 end the call', async () => {
    const bad = echo('utf8').replace(
      '(memory (export "memory") 1)',
      '(memory (export "memory") 1) (data (i32.const 64) "\\ff\\fe")',
    );
    const calls = await fromText(bad);
    expect(() => calls.call('give', 64, 2)).toThrow('a string that is not valid utf-8');
  });
});

describe('resources', () => {
  const component = `(component
    (import "host:it/things" (instance $things
      (export "thing" (type $thing (sub resource)))
      (export "make" (func (param "n" u32) (result (own $thing))))
      (export "look" (func (param "it" (borrow $thing)) (result u32)))
      (export "eat" (func (param "it" (own $thing)) (result u32)))))
    (alias export $things "thing" (type $thing))
    (core func $make (canon lower (func $things "make")))
    (core func $look (canon lower (func $things "look")))
    (core func $eat (canon lower (func $things "eat")))
    (core func $drop (canon resource.drop $thing))
    (core module $m
      (import "h" "make" (func $make (param i32) (result i32)))
      (import "h" "look" (func $look (param i32) (result i32)))
      (import "h" "eat" (func $eat (param i32) (result i32)))
      (import "h" "drop" (func $drop (param i32)))
      (func (export "make-drop") (param i32) (call $drop (call $make (local.get 0))))
      (func (export "make-eat") (param i32) (result i32) (call $eat (call $make (local.get 0))))
      (func (export "keep") (param i32) (result i32) (call $make (local.get 0)))
      (func (export "look") (param i32) (result i32) (call $look (local.get 0)))
      (func (export "eat-twice") (param i32) (result i32)
        (local i32)
        (local.set 1 (call $make (local.get 0)))
        (drop (call $eat (local.get 1)))
        (call $eat (local.get 1))))
    (core instance $i (instantiate $m (with "h" (instance
      (export "make" (func $make)) (export "look" (func $look))
      (export "eat" (func $eat)) (export "drop" (func $drop))))))
    (func (export "make-drop") (param "n" u32) (canon lift (core func $i "make-drop")))
    (func (export "make-eat") (param "n" u32) (result u32) (canon lift (core func $i "make-eat")))
    (func (export "keep") (param "n" u32) (result u32) (canon lift (core func $i "keep")))
    (func (export "look") (param "n" u32) (result u32) (canon lift (core func $i "look")))
    (func (export "eat-twice") (param "n" u32) (result u32) (canon lift (core func $i "eat-twice"))))`;

  test('of the host are owned, lent, given away and dropped', async () => {
    const dropped: unknown[] = [];
    const host: HostFunctions = (_, name) => (given) =>
      name === 'make' ? { n: given } : (given as { n: number }).n * (name === 'look' ? 10 : 100);
    const calls = await fromText(component, host, (rep) => dropped.push(rep));
    calls.call('make-drop', 1);
    expect(dropped).toEqual([{ n: 1 }]);
    expect(calls.call('make-eat', 2)).toBe(200);
    expect(() => calls.call('eat-twice', 3)).toThrow('an unknown handle of host:it/things/thing');
    const handle = calls.call('keep', 4);
    expect(calls.call('look', handle)).toBe(40);
    expect(() => calls.call('look', 99)).toThrow('an unknown handle');
    expect(calls.instance.handles.map((table) => table.held)).toEqual([1]);
    expect(dropped).toHaveLength(1);
  });

  test('of the guest run its own destructor', async () => {
    const calls = await fromText(`(component
      (core module $d
        (global $count (mut i32) (i32.const 0))
        (func (export "dtor") (param i32)
          (global.set $count (i32.add (global.get $count) (local.get 0))))
        (func (export "count") (result i32) (global.get $count)))
      (core instance $di (instantiate $d))
      (type $r (resource (rep i32) (dtor (func $di "dtor"))))
      (core func $new (canon resource.new $r))
      (core func $rep (canon resource.rep $r))
      (core func $drop (canon resource.drop $r))
      (core module $m
        (import "h" "new" (func $new (param i32) (result i32)))
        (import "h" "rep" (func $rep (param i32) (result i32)))
        (import "h" "drop" (func $drop (param i32)))
        (func (export "round") (param i32) (result i32)
          (local i32)
          (local.set 1 (call $new (local.get 0)))
          (call $rep (local.get 1))
          (call $drop (local.get 1))))
      (core instance $i (instantiate $m (with "h" (instance
        (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
      (func (export "round") (param "n" u32) (result u32) (canon lift (core func $i "round")))
      (func (export "count") (result u32) (canon lift (core func $di "count"))))`);
    expect(calls.call('round', 7)).toBe(7);
    expect(calls.call('round', 5)).toBe(5);
    expect(calls.call('count')).toBe(12);
  });
});

describe('composed components', () => {
  test('call each other through their own memories', async () => {
    const calls = await fromText(
      `(component
      (import "shout" (func $shout (param "s" string) (result string)))
      (component $inner
        (import "base" (func $base (param "s" string) (result string)))
        ${ECHO_MODULE}
        (core module $fwd
          (import "h" "base" (func $base (param i32 i32 i32)))
          (func (export "run") (param i32 i32) (result i32)
            (call $base (local.get 0) (local.get 1) (i32.const 32))
            (i32.const 32)))
        (core func $base (canon lower (func $base) (memory $i "memory") (realloc (func $i "realloc"))))
        (core instance $f (instantiate $fwd (with "h" (instance (export "base" (func $base))))))
        (func (export "run") (param "s" string) (result string)
          (canon lift (core func $f "run") (memory $i "memory") (realloc (func $i "realloc")))))
      (instance $one (instantiate $inner (with "base" (func $shout))))
      (instance $two (instantiate $inner (with "base" (func $one "run"))))
      (export "run" (func $two "run")))`,
      () => (text) => `${String(text).toUpperCase()}!`,
    );
    expect(calls.call('run', 'hey')).toBe('HEY!');
    expect(calls.instance.cores.filter((core) => core.memories.length > 0)).toHaveLength(2);
  });

  test('what the runner does not have is named', async () => {
    const stream = '(component (type (stream u8)))';
    await expect(fromText(stream)).rejects.toThrow('asynchronous or unknown types');
    const values = '(component (import "v" (func $f (result (future u8)))))';
    await expect(fromText(values)).rejects.toThrow('asynchronous or unknown types');
  });
});
