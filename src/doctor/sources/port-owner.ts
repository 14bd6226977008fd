import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { printable } from '../../core/terminal-text.js';

const LISTENING = '0A';

/** The process that listens on a TCP port, as `name (process 123)`; undefined when it cannot be told. */
export async function portOwner(port: number): Promise<string | undefined> {
  if (platform() === 'win32') return undefined;
  if (platform() !== 'linux') return lsofOwner(port);
  const pid = await linuxOwner(port);
  if (pid === undefined) return undefined;
  if (pid === 'hidden') return 'a process of another user';
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'unknown');
  return `${printable(name.trim())} (process ${pid})`;
}

/** Id of the process that listens on a TCP port, on Linux; `hidden` when it belongs to somebody else. */
async function linuxOwner(port: number): Promise<number | 'hidden' | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const inodes = new Set(tables.flatMap((table) => table.split('\n').flatMap((line) => inodeOf(line, port))));
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(files.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    if (links.some((link) => inodes.has(link))) return Number(pid);
  }
  return 'hidden';
}

/** Id of the process that listens on a TCP port; undefined where it cannot be told. */
export async function ownerOfPort(port: number): Promise<number | undefined> {
  const owner = platform() === 'linux' ? await linuxOwner(port) : undefined;
  return typeof owner === 'number' ? owner : undefined;
}

/** The socket of a line of the kernel's table when it listens on the port, as `/proc` links name it. */
function inodeOf(line: string, port: number): string[] {
  const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
  const hex = local.slice(local.lastIndexOf(':') + 1);
  return state === LISTENING && Number.parseInt(hex, 16) === port ? [`socket:[${inode}]`] : [];
}

function lsofOwner(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      'lsof',
      ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'],
      { timeout: 1_500 },
      (error, stdout) => {
        const pid = /^p(\d+)$/m.exec(stdout)?.[1];
        const name = /^c(.+)$/m.exec(stdout)?.[1];
        resolve(
          error !== null || pid === undefined ? undefined : `${printable(name ?? '')} (process ${pid})`,
        );
      },
    );
  });
}
