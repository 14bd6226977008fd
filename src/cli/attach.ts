import { algaError } from '../core/errors/alga-error.js';
import { findRunningSession } from '../dev/running-session.js';
import { connectToHost, type HostClient } from '../host/client/index.js';

/** How a command names the session it works with. */
export interface SessionChoice {
  /** Folder of a project, or below it. */
  readonly folder: string;
  /** Any address of the session's host; stronger than the folder. */
  readonly url?: string | undefined;
  /** `publisher/name` or registry id; needed only when the folder does not tell. */
  readonly extension?: string | undefined;
}

export interface AttachedSession {
  readonly host: HostClient;
  /** The extension that was named, else the folder's, else the only one; undefined for none or several. */
  readonly extension: { readonly registryId: string; readonly extension: string } | undefined;
  /** `publisher/name` of all extensions of the session. */
  readonly extensions: readonly string[];
}

/**
 * Connects to the running session that the choice names. Throws `SESSION_NOT_RUNNING`,
 * `HOST_NOT_THERE`, `CLI_OPTION_INVALID` and `CLI_EXTENSION_UNCLEAR`.
 */
export async function attach(choice: SessionChoice): Promise<AttachedSession> {
  const found =
    choice.url === undefined
      ? await findRunningSession(choice.folder)
      : { origin: originOf(choice.url), projectRoot: undefined };
  const host = await connectToHost(found);
  const { extensions } = host.facts;
  const names = extensions.map(({ extension }) => extension);
  const { extension: wanted } = choice;
  const named = extensions.find((known) => known.extension === wanted || known.registryId === wanted);
  if (wanted !== undefined && named === undefined) {
    throw algaError('CLI_EXTENSION_UNCLEAR', { wanted, known: names.join(', ') || 'none' });
  }
  const ofFolder = extensions.find(({ projectRoot }) => projectRoot === found.projectRoot);
  const only = extensions.length === 1 ? extensions[0] : undefined;
  return { host, extension: named ?? ofFolder ?? only, extensions: names };
}

/** The same for a command that needs one extension; throws `CLI_EXTENSION_UNCLEAR` when it stays open which. */
export async function attachToExtension(
  choice: SessionChoice,
): Promise<AttachedSession & { readonly extension: NonNullable<AttachedSession['extension']> }> {
  const { extension, ...attached } = await attach(choice);
  if (extension !== undefined) return { ...attached, extension };
  const known = attached.extensions.join(', ') || 'none';
  throw algaError('CLI_EXTENSION_UNCLEAR', { wanted: choice.extension, known });
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed.origin;
  throw algaError('CLI_OPTION_INVALID', {
    option: '--url',
    value: url,
    expected: 'the address of a running alga dev, for example http://localhost:3000',
  });
}
