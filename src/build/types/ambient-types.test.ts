import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/entry.js';
import { declaredModules, withoutModules } from './ambient-types.js';

const ambient = readFileSync(join(packageRoot(), 'templates/full/src/alga-extension.d.ts'), 'utf8');

describe('the ambient types', () => {
  it('are found by module', () => {
    expect(declaredModules(ambient)).toHaveLength(13);
    expect(declaredModules('declare module "alga:extension/http" {}')).toEqual(['alga:extension/http']);
  });

  it('leave out exactly what the project declares', () => {
    const names = declaredModules(ambient);
    for (const name of names) {
      const rest = withoutModules(ambient, new Set([name]));
      expect(declaredModules(rest)).toEqual(names.filter((other) => other !== name));
    }
    expect(declaredModules(withoutModules(ambient, new Set(names)))).toEqual([]);
  });
});
