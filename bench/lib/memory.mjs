import { readdir, readFile } from 'node:fs/promises';

/** What the processes of a session are for, by their command lines; the first that fits counts. */
const PARTS = [
  ['runner', /runner\/src\/main\.js/],
  ['builder', /handler\/evaluation\/|\/packing\/pack-program/],
  ['stack', /\/stack\/supervisor\//],
];

/**
 * Proportional memory of a session by what its processes are for, in MiB: `session` is the process itself, `other`
 * the programs for UI and types. Shared pages count once. Linux only.
 */
export async function memoryOfSession(pid) {
  const { parents, commands } = await processes();
  const parts = { session: 0, runner: 0, builder: 0, stack: 0, other: 0 };
  const visit = async (member, inherited) => {
    const part = inherited ?? partOf(commands.get(member) ?? '');
    parts[member === pid ? 'session' : (part ?? 'other')] += await memoryOf(member);
    for (const [child, parent] of parents) if (parent === member) await visit(child, part);
  };
  await visit(pid, undefined);
  return parts;
}

function partOf(command) {
  return PARTS.find(([, pattern]) => pattern.test(command))?.[0];
}

async function processes() {
  const parents = new Map();
  const commands = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
    commands.set(Number(name), await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''));
  }
  return { parents, commands };
}

async function memoryOf(pid) {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024;
}
