import { readdir, readFile } from 'node:fs/promises';

/** Proportional memory of a process and everything it started, in MiB; shared pages count once. Linux only. */
export async function memoryOfTree(pid) {
  const parents = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const tree = [pid];
  for (const root of tree) for (const [child, parent] of parents) if (parent === root) tree.push(child);
  let kib = 0;
  for (const member of tree) {
    const rollup = await readFile(`/proc/${member}/smaps_rollup`, 'utf8').catch(() => '');
    kib += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return kib / 1024;
}
