import type { RequestUser } from '../executable.js';

/** What host functions may know of the call they serve. Plain data: it crosses threads. */
export interface GuestRequest {
  readonly requestId: string | undefined;
  readonly tenantId: string;
  readonly extensionId: string;
  readonly installId: string | undefined;
  readonly versionId: string | undefined;
  /** Granted capabilities, normalised. */
  readonly providers: ReadonlySet<string>;
  readonly user: RequestUser | undefined;
}

/** The opened secrets of an install. */
export interface OpenSecrets {
  readonly values: ReadonlyMap<string, string>;
  /** The envelope was past its expiry: its values may no longer be given out. */
  readonly expired: boolean;
}
