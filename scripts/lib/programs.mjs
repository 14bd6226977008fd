// System programs that some tests need. A test asks `has(name)`; `npm test` says what it skips.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NEEDED = [
  { program: 'chromium', skips: 'tests in a real browser', install: 'apt-get install chromium' },
  { program: 'tmux', skips: 'the terminal app in a real terminal', install: 'apt-get install tmux' },
  { program: 'redis-server', skips: 'debug events through Redis', install: 'apt-get install redis-server' },
  {
    program: 'minio',
    skips: 'the stack on a MinIO binary',
    install: 'see .ci/run for a pinned build with Go',
  },
  {
    program: 'dockerd',
    skips: "the containers of the product's runner in a real engine",
    install: 'apt-get install docker.io',
  },
  {
    program: 'iptables',
    skips: 'a firewall between page and session',
    install: 'apt-get install iptables iproute2',
  },
  { program: 'openssl', skips: 'signatures checked against openssl', install: 'apt-get install openssl' },
];

/** Absolute path of a program on PATH, or undefined. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** The programs that are not here. */
export function missingPrograms() {
  return NEEDED.filter(({ program }) => findProgram(program) === undefined);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
