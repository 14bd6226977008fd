import type { ObjectRecord } from './record.js';

export interface ListingWish {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only names after this one; a common prefix skips all it stands for. */
  readonly after: string;
  readonly maxKeys: number;
}

/** One page of a listing: objects, and the prefixes that stand for the objects below them. */
export interface Listing {
  readonly objects: readonly ObjectRecord[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
  /** Where the next page begins after, when there is one. */
  readonly next: string | undefined;
}

/** Picks a page out of records sorted by key. Objects and prefixes count alike towards the limit. */
export function listPage(sorted: readonly ObjectRecord[], wish: ListingWish): Listing {
  const objects: ObjectRecord[] = [];
  const prefixes: string[] = [];
  let last: string | undefined;
  for (const record of sorted) {
    if (!record.key.startsWith(wish.prefix)) continue;
    const common = commonPrefix(record.key, wish);
    if (common === prefixes.at(-1) && common !== undefined) continue;
    if (isBefore(record.key, common, wish.after)) continue;
    if (objects.length + prefixes.length >= wish.maxKeys) {
      return { objects, prefixes, truncated: wish.maxKeys > 0, next: last };
    }
    if (common === undefined) objects.push(record);
    else prefixes.push(common);
    last = common ?? record.key;
  }
  return { objects, prefixes, truncated: false, next: undefined };
}

function commonPrefix(key: string, { prefix, delimiter }: ListingWish): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function isBefore(key: string, common: string | undefined, after: string): boolean {
  if (after === '') return false;
  if (common !== undefined && common === after) return true;
  return Buffer.compare(Buffer.from(key), Buffer.from(after)) <= 0;
}
