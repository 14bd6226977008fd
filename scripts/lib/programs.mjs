// System programs that some tests need. A test asks `has(name)`; `npm test` says what it skips.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './commands.mjs';

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
  {
    program: 'faketime',
    skips: 'an object store with a key or a clock of its own',
    install: 'apt-get install faketime',
  },
  { program: 'gpg', skips: 'OpenPGP signatures made by gpg', install: 'apt-get install gnupg' },
  { program: 'openssl', skips: 'signatures checked against openssl', install: 'apt-get install openssl' },
];

/** Absolute path of a program on PATH, or undefined. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Wasmtime for Python, in the version that the official runner embeds, as pip is told of it. */
export function wasmtimeRequirement() {
  return readFileSync(join(root, 'test/support/wasmtime/requirements.txt'), 'utf8').trim();
}

/** A Python that has it: the environment that `.ci/run` makes, or the one on PATH; or undefined. */
export function findWasmtimePython() {
  const requirement = wasmtimeRequirement();
  const own = join(homedir(), '.cache', 'alga-test', requirement, 'bin', 'python3');
  const version = 'from importlib.metadata import version; print(version("wasmtime"))';
  return [own, findProgram('python3')].find((python) => {
    if (python === undefined || !isExecutable(python)) return false;
    const { stdout } = spawnSync(python, ['-c', version], { encoding: 'utf8' });
    return `wasmtime==${stdout.trim()}` === requirement;
  });
}

/** What is not here of what tests need. */
export function missingPrograms() {
  const missing = NEEDED.filter(({ program }) => findProgram(program) === undefined);
  if (findWasmtimePython() !== undefined) return missing;
  const requirement = wasmtimeRequirement();
  return [
    ...missing,
    {
      program: `a Python with ${requirement}`,
      skips: 'components in Wasmtime, which the official runner embeds',
      install: `python3 -m pip install ${requirement}`,
    },
  ];
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
