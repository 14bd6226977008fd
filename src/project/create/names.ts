import { algaError } from '../../core/errors/alga-error.js';
import { type TenantId, tenantIdSchema } from '../../core/ids.js';

/** The names of a new project. */
export interface ProjectNames {
  /** Reverse domain name of the extension. */
  readonly name: string;
  /** Folder to make, as typed. */
  readonly folder: string;
  readonly displayName: string;
  readonly publisher: string;
}

/** Who publishes an extension when nobody is named. */
export const DEFAULT_PUBLISHER = 'Example';

const SEGMENT = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const PUBLISHER = /^[\p{L}\p{N}][\p{L}\p{N} .,&'()_+-]{0,79}$/u;
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d|node_modules)$/;
/** npm's limit is 214; folders and object keys want less. */
const MAX_NAME = 100;

/**
 * Checks the names of a new project. A name without dots gets `com.<publisher>.` in front. Throws
 * `CREATE_NAME` or `CREATE_PUBLISHER`.
 */
export function checkNames(typed: { name: string; publisher?: string | undefined }): ProjectNames {
  const publisher = checkPublisher(typed.publisher ?? DEFAULT_PUBLISHER);
  const folder = typed.name.trim();
  const problem = nameProblem(folder);
  if (problem !== undefined) throw algaError('CREATE_NAME', { name: typed.name, problem });
  const name = folder.includes('.') ? folder : `com.${segmentOf(publisher)}.${folder}`;
  return { name, folder, displayName: displayNameOf(name), publisher };
}

/** What is wrong with a typed name, as the rest of a sentence; undefined when nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'it is empty';
  if (name.length > MAX_NAME) return `it is longer than ${MAX_NAME} characters`;
  if (name !== name.toLowerCase()) return 'capital letters are not allowed';
  const segments = name.split('.');
  const bad = segments.find((segment) => !SEGMENT.test(segment));
  if (bad !== undefined) {
    return bad === '' ? 'a part between dots is empty' : `"${bad}" may only have a-z, 0-9 and inner hyphens`;
  }
  if (segments.length === 1 && RESERVED.test(name)) return 'it is reserved';
  return undefined;
}

/** The publisher, trimmed. Throws `CREATE_PUBLISHER`. */
export function checkPublisher(publisher: string): string {
  const trimmed = publisher.trim();
  if (!PUBLISHER.test(trimmed)) throw algaError('CREATE_PUBLISHER', { publisher });
  return trimmed;
}

/** The tenant's id, when one is given. Throws `CREATE_TENANT`. */
export function checkTenant(tenant: string | undefined): TenantId | undefined {
  if (tenant === undefined) return undefined;
  const checked = tenantIdSchema.safeParse(tenant.trim());
  if (!checked.success) throw algaError('CREATE_TENANT', { tenant });
  return checked.data;
}

function segmentOf(publisher: string): string {
  const segment = publisher
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return segment === '' ? 'example' : segment;
}

/** `com.acme.time-report` is shown as `Time report`. */
function displayNameOf(name: string): string {
  const words = (name.split('.').at(-1) ?? name).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
