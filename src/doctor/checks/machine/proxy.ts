import type { Check } from '../../check.js';

const NEEDED = ['localhost', '127.0.0.1'];

/** No proxy stands between programs of this machine. */
export const proxyCheck: Check = {
  id: 'machine.proxy',
  title: 'Loopback addresses bypass the proxy',
  group: 'machine',
  why: 'Requests to localhost are sent to the proxy, which answers with an error page of its own.',
  run: async ({ env }) => {
    const proxy = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'all_proxy'].find(
      (name) => (env[name] ?? '') !== '',
    );
    if (proxy === undefined) return [];
    const exempt = (env.no_proxy ?? env.NO_PROXY ?? '').split(',').map((entry) => entry.trim().toLowerCase());
    const missing = NEEDED.filter((host) => !exempt.includes(host) && !exempt.includes('*'));
    if (missing.length === 0) return [];
    return [
      {
        severity: 'warning',
        seen: `${proxy} is set, and NO_PROXY does not name ${missing.join(' and ')}`,
        expected: `NO_PROXY names ${NEEDED.join(' and ')}`,
        fix: {
          summary: 'Exempt this machine from the proxy',
          command: `export NO_PROXY=${[...exempt.filter((entry) => entry !== ''), ...missing].join(',')}`,
          safe: false,
        },
      },
    ];
  },
};
