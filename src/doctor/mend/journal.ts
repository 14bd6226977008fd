import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { contentHashOf } from '../../core/content-hash.js';
import { projectStateDir } from '../../core/paths.js';
import type { Change } from './change.js';
import type { Done } from './hands.js';

const rowSchema = z.record(z.string(), z.unknown()).nullable();
const textSchema = z.string().nullable();

/** Changes as they are written down; bytes of objects are files beside the journal, named by hash. */
const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), path: z.string(), before: textSchema, after: textSchema }),
  z.object({
    kind: z.literal('row'),
    table: z.string(),
    id: z.string(),
    before: rowSchema,
    after: rowSchema,
  }),
  z.object({ kind: z.literal('object'), key: z.string(), before: textSchema, after: textSchema }),
  z.object({ kind: z.literal('bucket'), name: z.string(), before: z.null(), after: z.string() }),
  z.object({ kind: z.literal('policy'), bucket: z.string(), before: textSchema, after: textSchema }),
]);

const entrySchema = z.object({
  at: z.string(),
  check: z.string(),
  changes: z.array(changeSchema),
  undone: z.string().optional(),
});

/** One mending: everything that was changed for one finding. */
export type JournalEntry = z.infer<typeof entrySchema>;

/** Record of every mending of a project, in `.alga/doctor/`, so that each can be taken back. */
export class Journal {
  readonly #folder: string;

  constructor(projectRoot: string) {
    this.#folder = join(projectStateDir(projectRoot), 'doctor');
  }

  /** Writes down what is about to be done; bytes that will be lost are kept. */
  async begin(check: string): Promise<JournalWriter> {
    const objects = join(this.#folder, 'objects');
    await mkdir(objects, { recursive: true });
    await writeFile(join(projectStateDir(join(this.#folder, '..', '..')), '.gitignore'), '*\n');
    const at = new Date().toISOString();
    const file = join(this.#folder, `${at.replaceAll(':', '-')}-${process.pid}-${check}.json`);
    const changes: Change[] = [];
    const write = (): Promise<void> => replaceJson(file, { at, check, changes: changes.map(withoutBytes) });
    return {
      done: async ({ change, oldContent }) => {
        for (const bytes of [oldContent, change.kind === 'object' ? change.content : undefined]) {
          if (bytes !== undefined) await writeFile(join(objects, nameOf(contentHashOf(bytes))), bytes);
        }
        changes.push(change);
        await write();
      },
    };
  }

  /** The newest mending that has not been undone. */
  async last(): Promise<{ file: string; entry: JournalEntry } | undefined> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith('.json'));
    for (const name of names.sort().reverse()) {
      const file = join(this.#folder, name);
      const entry = entrySchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
      if (entry !== undefined && entry.undone === undefined) return { file, entry };
    }
    return undefined;
  }

  /** The changes that take a mending back, last one first. A bucket that was made stays. */
  async reversed(entry: JournalEntry): Promise<Change[]> {
    const changes: Change[] = [];
    for (const change of [...entry.changes].reverse()) {
      if (change.kind === 'bucket') continue;
      if (change.kind === 'file') changes.push({ ...change, before: change.after, after: change.before });
      if (change.kind === 'policy') changes.push({ ...change, before: change.after, after: change.before });
      if (change.kind === 'row') changes.push({ ...change, before: change.after, after: change.before });
      if (change.kind === 'object') {
        const back = { ...change, before: change.after, after: change.before };
        const kept = change.before === null ? undefined : await this.#bytes(change.before);
        changes.push(kept === undefined ? back : { ...back, content: kept });
      }
    }
    return changes;
  }

  async markUndone(file: string, entry: JournalEntry): Promise<void> {
    await replaceJson(file, { ...entry, undone: new Date().toISOString() });
  }

  #bytes(hash: string): Promise<Uint8Array> {
    return readFile(join(this.#folder, 'objects', nameOf(hash)));
  }
}

export interface JournalWriter {
  /** Adds a change that was just done. */
  done(done: Done): Promise<void>;
}

function nameOf(hash: string): string {
  return hash.replace(/[^0-9a-f]/g, '-');
}

function withoutBytes(change: Change): object {
  if (change.kind !== 'object') return change;
  const { content: _bytes, ...rest } = change;
  return rest;
}

async function replaceJson(file: string, value: object): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
