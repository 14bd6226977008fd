import fc from 'fast-check';
import { expect, it } from 'vitest';
import { truncateUtf8 } from './text.js';

it('cuts at a character, as late as possible', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 40 }), (text, max) => {
      const cut = truncateUtf8(text, max);
      expect(Buffer.byteLength(cut.text)).toBeLessThanOrEqual(max);
      expect(text.startsWith(cut.text)).toBe(true);
      expect(cut.truncated).toBe(cut.text !== text);
      if (cut.truncated) expect(Buffer.byteLength(cut.text)).toBeGreaterThan(max - 4);
    }),
  );
});
