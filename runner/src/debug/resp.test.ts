import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeCommand, RespReader } from './resp.js';

it('writes commands by byte length', () => {
  expect(encodeCommand(['SET', 'é'])).toBe('*2\r\n$3\r\nSET\r\n$2\r\né\r\n');
});

it('reads replies in whatever pieces they come', () => {
  const bytes = Buffer.from('+OK\r\n-ERR no\r\n:7\r\n$5\r\na\r\nbé\r\n$-1\r\n$0\r\n\r\n'.replace('$5', '$6'));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: bytes.length }), (step) => {
      const reader = new RespReader();
      const replies = [];
      for (let at = 0; at < bytes.length; at += step)
        replies.push(...reader.push(bytes.subarray(at, at + step)));
      expect(replies).toEqual([
        { kind: 'text', text: 'OK' },
        { kind: 'error', message: 'ERR no' },
        { kind: 'text', text: '7' },
        { kind: 'text', text: 'a\r\nbé' },
        { kind: 'nil' },
        { kind: 'text', text: '' },
      ]);
    }),
  );
});

it('refuses what is not RESP', () => {
  expect(() => new RespReader().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(
    'unexpected reply',
  );
  expect(() => new RespReader().push(Buffer.alloc(2 * 1024 * 1024, 'a'))).toThrow('too long');
});
