/**
 * The names under which the host is reached, as `Host` headers. Pages live under one name, the
 * extension's frame under another, so that code in the frame is of another origin than the page: it
 * can neither read the page nor call what the page may call.
 */
export interface HostNames extends Sides {
  /** Further loopback names; treated like the frame's. */
  readonly others: readonly string[];
  /** Names beyond this machine, for those the author has opened it to. */
  readonly wide: readonly Sides[];
}

/** The two names that belong together. */
export interface Sides {
  readonly page: string;
  readonly frame: string;
}

/** Which of the host's two sides a request asked for. */
export type HostRole = 'page' | 'frame';

/** The names under which a host on this port is reached; `wide` are those beyond this machine. */
export function hostNames(port: number, wide: readonly Sides[] = []): HostNames {
  return { page: `localhost:${port}`, frame: `127.0.0.1:${port}`, others: [`[::1]:${port}`], wide };
}

/** Page and frame as they are called where a request was sent to. */
export function sidesFor(names: HostNames, header: string | undefined): Sides {
  return names.wide.find(({ page, frame }) => header === page || header === frame) ?? names;
}

/**
 * The side a `Host` header names; undefined for every name that is not exactly one of ours. A page
 * whose own name was made to resolve to this machine (DNS rebinding) sends its own name, and ends here.
 */
export function roleOfHost(names: HostNames, header: string | undefined): HostRole | undefined {
  if (header === undefined) return undefined;
  const { page } = sidesFor(names, header);
  if (header === page) return 'page';
  if (names.wide.some(({ frame }) => frame === header)) return 'frame';
  return header === names.frame || names.others.includes(header) ? 'frame' : undefined;
}
