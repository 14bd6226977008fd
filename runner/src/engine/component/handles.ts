import { trap } from './fault.js';
import type { ResourceType } from './types.js';

interface Handle {
  readonly resource: ResourceType;
  /** What the handle stands for: an object of the host, or a number of the guest. */
  readonly rep: unknown;
  readonly own: boolean;
}

/** A guest that never drops handles must not fill the host's memory. */
const MAX_HANDLES = 65_536;

/** The handles one component instance holds. Index 0 is never given out. */
export class HandleTable {
  #handles: Array<Handle | undefined> = [undefined];
  readonly #free: number[] = [];
  #held = 0;

  /** Number of handles held; 0 means the table is as a fresh one as far as the guest can tell. */
  get held(): number {
    return this.#held;
  }

  /** Forgets every handle and the order in which numbers are given out again. */
  clear(): void {
    this.#handles = [undefined];
    this.#free.length = 0;
    this.#held = 0;
  }

  add(resource: ResourceType, rep: unknown, own: boolean): number {
    if (this.#held >= MAX_HANDLES) throw trap('too many resource handles');
    this.#held++;
    const index = this.#free.pop() ?? this.#handles.length;
    this.#handles[index] = { resource, rep, own };
    return index;
  }

  /** What a handle stands for, the handle kept. */
  rep(index: number, resource: ResourceType): unknown {
    return this.#get(index, resource).rep;
  }

  /** Gives up an owned handle. */
  take(index: number, resource: ResourceType): unknown {
    const handle = this.#get(index, resource);
    if (!handle.own) throw trap(`a borrowed ${resource.name} is given away`);
    this.#release(index);
    return handle.rep;
  }

  /** Drops a handle of either kind and tells whether it was owned. */
  drop(index: number, resource: ResourceType): { rep: unknown; own: boolean } {
    const { rep, own } = this.#get(index, resource);
    this.#release(index);
    return { rep, own };
  }

  #get(index: number, resource: ResourceType): Handle {
    const handle = this.#handles[index >>> 0];
    if (handle === undefined) throw trap(`an unknown handle of ${resource.name}`);
    if (handle.resource !== resource) {
      throw trap(`a handle of ${handle.resource.name} is used as ${resource.name}`);
    }
    return handle;
  }

  #release(index: number): void {
    this.#handles[index >>> 0] = undefined;
    this.#free.push(index >>> 0);
    this.#held--;
  }
}
