import { parse } from '@bytecodealliance/jco';
import { describe, expect, test } from 'vitest';
import { joined } from '../wasm/byte-writer.js';
import { HOST_MODULE } from '../wasm/hosted-module.js';
import { writeImage } from '../wasm/memory-image.js';
import { wasm } from '../wasm/runtime.js';
import { CodeDigest } from './code-digest.js';
import { ImageBases } from './image-bases.js';
import { initialImage, isRestorable, type ModuleInput, moduleInput } from './module-input.js';

async function input(text: string): Promise<ModuleInput> {
  return moduleInput(await parse(`(module ${text})`), new CodeDigest());
}

describe('a core module handed to the host', () => {
  test('imports its memory, leaves its data out, exports its globals, and still compiles', async () => {
    const own = await input(`
      (import "e" "f" (func $f))
      (memory (export "memory") 2 10)
      (global $a (mut i32) (i32.const -5))
      (global $b i32 (i32.const 9))
      (global $c (mut i64) (i64.const 7))
      (data (i32.const 4) "abc")
      (data (i32.const 65536) "z")
      (func (export "bump") (global.set $a (i32.const 1)) call $f)`);
    const { hosted } = own;
    expect(hosted.memories).toEqual([{ min: 2, max: 10 }]);
    expect(hosted.globals).toEqual([
      { exportName: `${HOST_MODULE}/0`, init: -5 },
      { exportName: `${HOST_MODULE}/2`, init: 7n },
    ]);
    const image = initialImage(own, new ImageBases(), 100);
    expect(image?.size).toBe(131_072);
    const memory = Buffer.alloc(131_072, 'x');
    if (image) writeImage(image, memory);
    expect(memory.subarray(0, 8).toString()).toBe('\0\0\0\0abc\0');
    expect(memory.subarray(65_535, 65_538).toString()).toBe('\0z\0');
    const module = await wasm.compile(joined(hosted.parts));
    expect(wasm.Module.imports(module)).toContainEqual({
      module: HOST_MODULE,
      name: 'memory0',
      kind: 'memory',
    });
  });

  test('compiles to the same code whatever its data and globals hold', async () => {
    const text = (data: string, top: number, pages: number): string => `
      (memory (export "memory") ${pages})
      (global (mut i32) (i32.const ${top}))
      (data (i32.const 8) "${data}")
      (func (export "f"))`;
    const [a, b] = await Promise.all([input(text('one', 1, 1)), input(text('another', 2, 3))]);
    expect(a?.key).toBe(b?.key);
  });

  test('is refused when its data does not fit or it needs more than any call may use', async () => {
    const outside = await input('(memory 1) (data (i32.const 65535) "xy")');
    expect(() => initialImage(outside, new ImageBases(), 100)).toThrow('data lies outside of memory');
    const large = await input('(memory 65536)');
    expect(() => initialImage(large, new ImageBases(), 100)).toThrow('needs 4096 MiB of memory to start');
    await expect(input('(memory 1 2 shared)')).rejects.toThrow('shared and 64-bit memories');
    await expect(input('(memory i64 1)')).rejects.toThrow('shared and 64-bit memories');
  });
});

describe('instances of a module can be put back', () => {
  test.each([
    [
      'memory and integer globals',
      '(memory 1) (global (mut i32) (i32.const 1)) (func (i32.store (i32.const 0) (i32.const 1)))',
    ],
    ['floating-point constants that never change', '(global f64 (f64.const 1.5))'],
    [
      'a table that is only read',
      '(table 2 funcref) (elem (i32.const 0) $f) (func $f) (func (call_indirect (i32.const 0)))',
    ],
    [
      'all kinds of instructions',
      `(memory 1) (table 1 funcref)
       (func (param i32) (result i64) (local f64 i64)
         (block (loop (br_if 1 (local.get 0)) (br_table 0 1 (i32.const 1))))
         (drop (f32.const 1)) (drop (f64.const 2)) (drop (memory.grow (i32.const 1)))
         (memory.copy (i32.const 0) (i32.const 1) (i32.const 2)) (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
         (drop (i32.trunc_sat_f32_s (f32.const 1))) (drop (v128.const i32x4 1 2 3 4))
         (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 1 2) (v128.const i64x2 1 2)))
         (drop (v128.load (i32.const 0))) (drop (v128.load8_lane 1 (i32.const 0) (v128.const i64x2 1 2)))
         (drop (table.get 0 (i32.const 0))) (drop (table.size 0)) (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))
         (i64.const -9223372036854775808))`,
    ],
  ])('%s', async (_, text) => {
    expect(isRestorable(await input(text))).toBe(true);
  });

  test.each([
    ['code that runs at the start', '(func $s) (start $s)'],
    ['a table that is written', '(table 1 funcref) (func (table.set 0 (i32.const 0) (ref.null func)))'],
    ['a table that grows', '(table 1 funcref) (func (drop (table.grow 0 (ref.null func) (i32.const 1))))'],
    [
      'a table that is filled from a segment',
      '(table 1 funcref) (func $f) (elem $e func $f) (func (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))',
    ],
    ['segments that are dropped', '(memory 1) (data $d "x") (func (data.drop $d))'],
    ['passive data', '(memory 1) (data $d "x")'],
    ['data in a memory that is another module’s', '(import "m" "m" (memory 1)) (data (i32.const 0) "x")'],
    ['a global that holds a reference', '(global (mut funcref) (ref.null func))'],
    [
      'a global whose first value comes from outside',
      '(import "g" "g" (global $g i32)) (global (mut i32) (global.get $g))',
    ],
    ['a mutable floating-point global', '(global (mut f64) (f64.const 1))'],
  ])('not with %s', async (_, text) => {
    expect(isRestorable(await input(text))).toBe(false);
  });
});
