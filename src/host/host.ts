import type { Host, HostOptions } from './door.js';
import { HostServer } from './host-server.js';

/** Makes the local Alga app; nothing listens before `start()`. */
export function createHost(options: HostOptions): Host {
  return new HostServer(options);
}
