import { z } from 'zod';
import type { Check } from '../../check.js';
import { published, renewedColumn } from './published-version.js';

const listSchema = z.array(z.string()).catch([]);

/** The capabilities of the published manifest are the version's. */
export const registryGrantsCheck: Check = {
  id: 'registry.grants',
  title: 'The capabilities of the published manifest are granted',
  group: 'registry',
  why: 'The host answers "denied" to calls of capabilities that the manifest declares.',
  run: async (view) => {
    const { version, manifest } = await published(view);
    const { install } = await view.installed();
    const granted = new Set([
      ...listSchema.parse(version.capabilities),
      ...listSchema.parse(install.granted_caps),
    ]);
    const missing = manifest.capabilities.filter((name) => !granted.has(name));
    if (missing.length === 0) return [];
    return [
      {
        severity: 'problem',
        seen: `neither version ${version.version} nor the install has ${missing.join(', ')}`,
        expected: `the capabilities of the published manifest: ${manifest.capabilities.join(', ')}`,
        fix: renewedColumn(version, 'capabilities', manifest.capabilities, 'capabilities'),
      },
    ];
  },
};
