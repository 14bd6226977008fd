import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files in which one version of the kernel's control groups says what a group may use and does. */
interface Form {
  /** How the line of `/proc/self/cgroup` goes on after its number. */
  readonly line: RegExp;
  readonly mount: string;
  readonly limit: string;
  readonly usage: string;
  /** Entry of `memory.stat`: what the kernel gives back when it is asked for. */
  readonly cache: RegExp;
}

const FORMS: readonly Form[] = [
  {
    ...{ line: /^\d+::(.*)$/m, mount: '/sys/fs/cgroup' },
    ...{ limit: 'memory.max', usage: 'memory.current', cache: /^inactive_file (\d+)$/m },
  },
  {
    ...{ line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m, mount: '/sys/fs/cgroup/memory' },
    ...{ limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes' },
    cache: /^total_inactive_file (\d+)$/m,
  },
];

/**
 * Bytes that a container or a service may still use below the limit it was given; infinity without one. A
 * group above ours may have a lower limit, which inside of a container cannot be seen.
 */
export async function bytesBelowLimit(): Promise<number> {
  const groups = await textOf('/proc/self/cgroup');
  const all = FORMS.flatMap((form) => {
    const group = form.line.exec(groups)?.[1];
    // Inside of a container the mount may begin at our own group.
    return group === undefined ? [] : [join(form.mount, group), form.mount].map((dir) => left(dir, form));
  });
  return Math.min(Number.POSITIVE_INFINITY, ...(await Promise.all(all)));
}

async function left(folder: string, { limit, usage, cache }: Form): Promise<number> {
  const names = [limit, usage, 'memory.stat'];
  const [max = '', used = '', stat = ''] = await Promise.all(names.map((name) => textOf(join(folder, name))));
  // Without a limit it is `max`, or nothing at all.
  if (!/^\d+$/.test(max.trim())) return Number.POSITIVE_INFINITY;
  return Math.max(0, Number(max) - Number(used) + Number(cache.exec(stat)?.[1] ?? 0));
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
