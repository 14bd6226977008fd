import { expect, it } from 'vitest';
import { Preparer } from '../../runner/src/engine/prepare/preparation.js';
import { PAGES_PER_MB } from '../../runner/src/engine/wasm/page.js';
import { componentFixture } from '../fixtures/components/component-fixtures.js';

const MB = 1024 * 1024;

it('the files of prepared components are given back at once, not when the thread collects its garbage', async () => {
  const preparer = new Preparer(1024 * PAGES_PER_MB);
  const held = (): number => process.memoryUsage().arrayBuffers;
  let ownBytes = 0;
  const baseBytes = new Map<string, number>();
  const prepare = async (source: 'plain' | 'features', hash: string): Promise<void> => {
    const file = await componentFixture(source);
    const { preparation, analyse } = await preparer.prepare({
      ...{ kind: 'component', hash, file },
      sourceMapFile: undefined,
    });
    expect(analyse?.() ?? true).toBe(true);
    ownBytes += preparation.stateBytes;
    baseBytes.set(preparation.shape.key, preparation.baseBytes);
  };
  const before = held();
  // New code, the same again, and other code in between: each file is 11 MB and more.
  for (const [n, source] of (['plain', 'plain', 'features', 'plain'] as const).entries()) {
    await prepare(source, `hash-${n}`);
  }
  // Beside what is kept, one memory to work in.
  const bases = [...baseBytes.values()];
  const kept = ownBytes + bases.reduce((sum, bytes) => sum + bytes, Math.max(...bases));
  expect(held() - before).toBeLessThan(kept + 4 * MB);
});
