import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type HostNames, roleOfHost } from './host-names.js';
import { flawOf } from './invalid-request.js';
import { refuseUpgrade } from './refused-upgrade.js';
import { SEALED_PATH, type SealedFrames } from './sealed-frames.js';

/** Who takes an upgrade; `left` leaves it to another listener of the same server. */
export type UpgradeTaker = (
  path: string,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
) => 'taken' | 'left' | 'unknown';

/**
 * Looks at every upgrade as at a plain request (form, name, origin) before anyone takes it, and ends
 * those that nobody knows. Must be the server's first upgrade listener.
 */
export function guardUpgrades(
  server: Server,
  names: () => HostNames,
  seals: SealedFrames,
  refusal: (request: IncomingMessage) => 401 | 403 | undefined,
  take: UpgradeTaker,
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (flawOf(request) !== undefined) return refuseUpgrade(socket, 400);
    const { host, origin } = request.headers;
    const role = roleOfHost(names(), host);
    if (role === undefined) return refuseUpgrade(socket, 403);
    const refused = refusal(request);
    if (refused !== undefined) return refuseUpgrade(socket, refused);
    // `null` is what an opaque frame of any site sends, so it is foreign like every other name; only the
    // key in the address makes it ours.
    const isSealed = origin === 'null' && role === 'frame' && seals.opened(request.url) !== undefined;
    if (isSealed) request.url = withoutKey(request.url ?? '');
    else if (origin !== undefined && origin !== `http://${host}`) return refuseUpgrade(socket, 403);
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (take(path, request, socket, head) === 'unknown') refuseUpgrade(socket, 404);
  });
}

/** The target that a sealed frame would ask for if it had an origin. */
function withoutKey(target: string): string {
  return target.slice(SEALED_PATH.length).replace(/^\/[^/]+\/[^/]+/, '');
}
