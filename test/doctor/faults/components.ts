import { readFile } from 'node:fs/promises';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco';
import { witPath } from '../../../runner/src/published/wit.js';

/** What a core module needs to take a request and to give an answer without body. */
const PARTS = `
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param $old i32) (param i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                            (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (local.get $at))`;
const handler = (code: string): string => `
  (func (export "handler") (param $request i32) (result i32)
    ${code}
    (i32.store16 (i32.const 1024) (i32.const 204))
    (i32.const 1024))`;
const NUMBER = '(param i32) (result i32) (local.get 0)';

interface Source {
  readonly module: string;
  /** What is changed in the runner's WIT. */
  readonly wit?: readonly [search: string, replacement: string];
}

const SIGNATURE = 'export handler: func(request: execute-request) -> execute-response;';

/** Components as some compiler could make them: one that works, and all the ways in which one does not start. */
const SOURCES = {
  good: { module: PARTS + handler('') },
  'another-world': {
    module: `${PARTS} (func (export "run") ${NUMBER})`,
    wit: [SIGNATURE, 'export run: func(number: u32) -> u32;'],
  },
  'missing-import': {
    module: `(import "alga:extension/teleport" "go" (func $go)) ${PARTS} ${handler('(call $go)')}`,
    wit: ['world runner {', 'interface teleport { go: func(); }\nworld runner { import teleport;'],
  },
  'missing-function': {
    module: `(import "alga:extension/logging" "log-loud" (func $loud)) ${PARTS} ${handler('(call $loud)')}`,
    wit: ['interface logging {', 'interface logging { log-loud: func();'],
  },
  'another-handler': {
    module: `${PARTS} (func (export "handler") ${NUMBER})`,
    wit: [SIGNATURE, 'export handler: func(number: u32) -> u32;'],
  },
  'trap-at-start': { module: `${PARTS} ${handler('')} (func $boom unreachable) (start $boom)` },
} satisfies Record<string, Source>;

export type ComponentName = keyof typeof SOURCES;

/** Makes one of them; a WIT that is not the runner's is what makes it strange. */
export async function strangeComponent(name: ComponentName): Promise<Uint8Array> {
  const { module, wit }: Source = SOURCES[name];
  const own = await readFile(witPath(), 'utf8');
  if (wit !== undefined && !own.includes(wit[0])) throw new Error(`the runner's WIT has no ${wit[0]}`);
  const witSource = wit === undefined ? own : own.replace(wit[0], wit[1]);
  const binary = await parse(`(module ${module})`);
  return componentNew(await componentEmbed({ witSource, world: 'runner', binary }));
}
