import { createHmac, randomBytes } from 'node:crypto';
import type { RegistryId } from '../../core/ids.js';
import { registryIdOf } from '../extensions/extension-directory.js';
import { sameSecret } from './session-token.js';

/** Where the addresses of sealed frames begin. */
export const SEALED_PATH = '/__alga/sealed';

/** Flags of a sealed frame's sandbox: without `allow-same-origin` its origin is `null`. */
export const SEALED_SANDBOX = 'allow-scripts';

const ADDRESS = /^\/__alga\/sealed\/([^/?]+)\/([^/?]+)(\/[^?]*)/;

/**
 * Keys to the addresses of sealed frames, one for each extension, new with every start. A frame whose
 * origin is `null` looks like every opaque frame of every site; what tells ours is the key in its
 * address, which stands nowhere but in the page that we serve. It opens the files of that one
 * extension, and nothing else.
 */
export class SealedFrames {
  readonly #secret = randomBytes(32);

  /** Path below which an extension's files are served to its sealed frame; without a slash at its end. */
  pathFor(registryId: RegistryId): string {
    return `${SEALED_PATH}/${registryId}/${this.#keyOf(registryId)}`;
  }

  /**
   * The extension whose frame may have that target: the key fits, and the target is a file of the
   * extension or its place for reports.
   */
  opened(target: string | undefined): RegistryId | undefined {
    const [, id, key, path = ''] = ADDRESS.exec(target ?? '') ?? [];
    const registryId = registryIdOf(id);
    if (!registryId || !sameSecret(key, this.#keyOf(registryId))) return undefined;
    const isOwn = path.startsWith(`/runner/ext-ui/${registryId}/`) || path === `/__alga/csp/${registryId}`;
    return isOwn ? registryId : undefined;
  }

  #keyOf(registryId: RegistryId): string {
    return createHmac('sha256', this.#secret).update(registryId).digest('base64url');
  }
}
