import promises from 'node:dns/promises';
import fs from 'node:fs';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { OpenSsl } from '../../runner/signatures-support.js';
import { program } from '../../support/programs.js';
import type { QuietFault } from './project-faults.js';

type Undo = () => void;

/** Has a function of Node answer otherwise, for faults that nobody wants on the machine tests run on. */
function pretend<T extends object, K extends keyof T>(owner: T, name: K, by: (real: T[K]) => T[K]): Undo {
  const real = owner[name];
  owner[name] = by(real);
  syncBuiltinESMExports();
  return () => {
    owner[name] = real;
    syncBuiltinESMExports();
  };
}

/** A file of the system that says something else. */
function pretendFile(path: string, text: string): Undo {
  return pretend(
    fs.promises,
    'readFile',
    (real) =>
      (async (file: string, options: never) => (file === path ? text : real(file, options))) as typeof real,
  );
}

const feigned = (check: string, cause: QuietFault['cause']): QuietFault => ({
  ...{ check, cause, template: 'ui-static', feigned: true },
});

const fault = (check: string, cause: QuietFault['cause'], how?: string): QuietFault => ({
  ...{ check, cause, template: 'ui-static' as const },
  ...(how === undefined ? {} : { how }),
});

export const machineFaults: readonly QuietFault[] = [
  feigned('machine.node', async () => {
    const real = Object.getOwnPropertyDescriptor(process, 'versions') ?? {};
    Object.defineProperty(process, 'versions', { ...real, value: { ...process.versions, node: '18.20.0' } });
    return { undo: () => Object.defineProperty(process, 'versions', real) };
  }),
  feigned('machine.memory', async () => ({
    undo: pretendFile('/proc/meminfo', 'MemAvailable:   102400 kB\n'),
  })),
  feigned('machine.file-watches', async () => ({
    undo: pretendFile('/proc/sys/fs/inotify/max_user_watches', '1024\n'),
  })),
  feigned('machine.loopback', async () => ({
    undo: pretend(promises, 'lookup', () => (async () => [{ address: '10.0.0.1', family: 4 }]) as never),
  })),
  fault(
    'machine.disk',
    async () => {
      // A file system of the kernel's own, on which there is never any space.
      const { TMPDIR } = process.env;
      process.env.TMPDIR = '/proc';
      return {
        undo: () => {
          if (TMPDIR === undefined) delete process.env.TMPDIR;
          else process.env.TMPDIR = TMPDIR;
        },
      };
    },
    'no space for temporary files',
  ),
  fault('machine.ports', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { env: { ALGA_PORT: String(port) }, undo: () => server.close() };
  }),
  fault(
    'runner.trust-bundle',
    async ({ project }) => {
      const openssl = new OpenSsl(program('openssl') ?? 'openssl', project.root);
      const { certificate } = await openssl.identity('expired', { days: -1 });
      return { env: { SIGNING_TRUST_BUNDLE: certificate } };
    },
    'an expired certificate',
  ),
  fault(
    'runner.trust-bundle',
    async ({ project }) => ({ env: { SIGNING_TRUST_BUNDLE: join(project.root, 'gone.pem') } }),
    'a file that is not there',
  ),
];
