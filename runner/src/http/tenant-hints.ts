import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { BoundedMap } from '../net/bounded-map.js';

const MAX_HINTS = 5000;

const fileSchema = z.array(z.tuple([z.string(), z.string()])).max(MAX_HINTS);

/**
 * Which tenant a page was last opened for. The page's own assets are requested without the tenant,
 * so this is how theirs is found. Kept in a file, so that a page stays usable over a restart of the
 * runner; a hint is only ever a candidate, strict serving asks the registry about it all the same.
 */
export class TenantHints {
  readonly #file: string;
  readonly #tenants = new BoundedMap<string, string>({ maxEntries: MAX_HINTS });
  #saving: Promise<void> | undefined;
  #unsaved = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Reads what earlier runs noted; a missing or damaged file is an empty one. */
  async start(): Promise<void> {
    try {
      const parsed = fileSchema.safeParse(JSON.parse(await readFile(this.#file, 'utf8')));
      for (const [key, tenant] of parsed.data ?? []) this.#tenants.set(key, tenant);
    } catch {
      // Nothing noted yet.
    }
  }

  /** Waits for the file to be written. */
  async stop(): Promise<void> {
    await this.#saving;
  }

  get(extensionId: string, hash: string): string | undefined {
    return this.#tenants.get(keyOf(extensionId, hash));
  }

  set(extensionId: string, hash: string, tenantId: string): void {
    const key = keyOf(extensionId, hash);
    if (this.#tenants.get(key) === tenantId) return;
    this.#tenants.set(key, tenantId);
    this.#unsaved = true;
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
  }

  async #save(): Promise<void> {
    while (this.#unsaved) {
      this.#unsaved = false;
      const temporary = `${this.#file}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(this.#tenants.entries()))
        .then(() => rename(temporary, this.#file))
        .catch(() => undefined);
    }
  }
}

function keyOf(extensionId: string, hash: string): string {
  return `${extensionId}|${hash.toLowerCase()}`;
}
