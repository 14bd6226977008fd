import { gtr, satisfies, validRange } from 'semver';
import type { PackageFile } from '../shape/package-file.js';

/** The product's packages in the public registry when this tool was tested; newest last. */
const PUBLISHED: Readonly<Record<string, readonly string[]>> = {
  '@alga-psa/cli': ['0.2.0'],
  '@alga-psa/client-sdk': ['0.2.0'],
  '@alga-psa/extension-runtime': ['0.2.0', '0.2.1', '0.3.0'],
  '@alga-psa/extension-iframe-sdk': ['0.1.0', '0.1.1'],
  '@alga-psa/ui-kit': ['0.1.0', '0.2.0'],
};

/** A declared range that no published version fulfils, and one to declare instead. */
export interface ImpossibleRange {
  readonly name: string;
  readonly range: string;
  readonly instead: string;
}

/**
 * Dependencies on versions of the product's packages that were never published: with them, every
 * install fails. Ranges above the newest known version are left alone.
 */
export function impossibleRanges(pkg: PackageFile): ImpossibleRange[] {
  const found: ImpossibleRange[] = [];
  for (const [name, versions] of Object.entries(PUBLISHED)) {
    const range = pkg.dependencies[name];
    const newest = versions.at(-1);
    if (range === undefined || newest === undefined || validRange(range) === null) continue;
    if (versions.some((version) => satisfies(version, range)) || !gtr(newest, range)) continue;
    found.push({ name, range, instead: `^${newest}` });
  }
  return found;
}
