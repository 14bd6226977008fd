import { isPortFree } from '../../../core/ports.js';
import { resolveConfig } from '../../../project/index.js';
import type { Check } from '../../check.js';
import { portOwner } from '../../sources/port-owner.js';
import { ifSeen } from '../../unseen.js';

/**
 * The port the author asked for can be had. The product's own ports are no promise: when one is
 * taken, the next free one is used and shown.
 */
export const portsCheck: Check = {
  id: 'machine.ports',
  title: 'The port of the page can be had',
  group: 'machine',
  why: 'The page comes up at another address than the one you set, and bookmarks lead to a stranger.',
  run: async (view) => {
    const { root } = await view.project();
    const { port, sources } = await resolveConfig({ projectRoot: root, env: view.env });
    if (sources.port === 'default' || port === 0) return [];
    const session = await ifSeen(view.session());
    if (session !== undefined && Number(new URL(session.origin).port) === port) return [];
    if (await isPortFree(port)) return [];
    const owner = (await portOwner(port)) ?? 'another program';
    return [
      {
        severity: 'warning',
        seen: `port ${port} is taken by ${owner}`,
        expected: `port ${port} is free, as ${sources.port === 'file' ? 'the configuration file' : 'ALGA_PORT'} asks for it`,
        fix: { summary: 'End that program, or use another port', command: 'alga dev --port 0', safe: false },
      },
    ];
  },
};
