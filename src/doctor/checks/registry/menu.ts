import { z } from 'zod';
import type { Check } from '../../check.js';
import { published, renewedColumn } from './published-version.js';

const uiSchema = z.object({
  hooks: z.object({ appMenu: z.object({ label: z.string() }).optional() }).optional(),
});

/** The menu entry of the manifest is registered. */
export const registryMenuCheck: Check = {
  id: 'registry.menu',
  title: 'The menu entry of the published manifest is registered',
  group: 'registry',
  why: 'The extension is installed and works, but does not show in the sidebar.',
  run: async (view) => {
    const { version, manifest } = await published(view);
    const label = manifest.ui?.hooks?.appMenu?.label;
    const registered = uiSchema.safeParse(version.ui).data?.hooks?.appMenu?.label ?? '';
    if (manifest.ui === undefined || label === undefined || registered.trim() !== '') return [];
    const { type, entry, hooks } = manifest.ui;
    return [
      {
        severity: 'problem',
        seen: `version ${version.version} has no menu label`,
        expected: `the label ${JSON.stringify(label)} of the published manifest`,
        fix: renewedColumn(version, 'ui', { type, entry, hooks }, 'page and menu'),
      },
    ];
  },
};
