import type { GuestRequest } from './guest-request.js';
import { err } from './result.js';

/** What a function needs before it does anything, and what it answers when that is not there. */
interface Requirement {
  readonly capability: string;
  /** Answer without the capability. `undefined` for functions without a result: the call does nothing. */
  readonly denied: unknown;
  /** For install-scoped functions: answer without an install id. */
  readonly withoutInstall?: unknown;
  /** An empty install id counts as none. */
  readonly refuseEmptyInstall?: true;
}

function group(
  interfaceName: string,
  names: readonly string[],
  requirement: Requirement,
): Array<readonly [string, Requirement]> {
  return names.map((name) => [`${interfaceName}#${name}`, requirement]);
}

const failed = (error: string): object => ({ success: false, error });

function requirements(): ReadonlyMap<string, Requirement> {
  const scheduler = 'cap:scheduler.manage';
  const invoicing = 'cap:invoice.manual.create';
  const reader = { denied: err('not-allowed'), withoutInstall: err('not-allowed') };
  return new Map([
    ...group('context', ['get-context'], { capability: 'cap:context.read', denied: undefined }),
    ...group('logging', ['log-info', 'log-warn', 'log-error'], {
      capability: 'cap:log.emit',
      denied: undefined,
    }),
    ...group('user', ['get-user'], { capability: 'cap:user.read', denied: err('not-allowed') }),
    ...group('user-v2', ['get-user'], { capability: 'cap:user.read', denied: err('not-allowed') }),
    ...group('secrets', ['get'], { capability: 'cap:secrets.get', denied: err('denied') }),
    ...group('secrets', ['list-keys'], { capability: 'cap:secrets.get', denied: [] }),
    ...group('http', ['fetch'], { capability: 'cap:http.fetch', denied: err('not-allowed') }),
    ...group('ui-proxy', ['call-route'], { capability: 'cap:ui.proxy', denied: err('denied') }),
    ...group('storage', ['get', 'put', 'delete', 'list-entries'], {
      capability: 'cap:storage.kv',
      denied: err('denied'),
      withoutInstall: err('denied'),
      refuseEmptyInstall: true,
    }),
    ...group('scheduler', ['list-schedules', 'get-schedule', 'get-endpoints'], {
      capability: scheduler,
      denied: err('denied'),
      withoutInstall: err('denied'),
    }),
    ...group('scheduler', ['create-schedule', 'update-schedule', 'delete-schedule'], {
      capability: scheduler,
      denied: failed(`Permission denied: ${scheduler} not granted`),
      withoutInstall: failed('Install ID missing'),
    }),
    ...group('invoicing', ['create-manual-invoice'], {
      capability: invoicing,
      denied: failed(`Permission denied: ${invoicing} not granted`),
      withoutInstall: failed('Permission denied: install_id missing'),
    }),
    ...group('clients', ['list-clients', 'get-client'], { capability: 'cap:client.read', ...reader }),
    ...group('services', ['list-services', 'get-service'], { capability: 'cap:service.read', ...reader }),
  ]);
}

const REQUIREMENTS = requirements();

/** Names (`interface#function`) of everything the host gives to guests, without the package. */
export const HOST_FUNCTIONS: readonly string[] = [...REQUIREMENTS.keys()];

/**
 * Checks what a function needs, before it runs. Gives the answer for the guest when something is
 * missing, `undefined` when the function may run.
 */
export function refusal(name: string, request: GuestRequest): { readonly answer: unknown } | undefined {
  const requirement = REQUIREMENTS.get(name);
  if (requirement === undefined || !request.providers.has(requirement.capability)) {
    return { answer: requirement?.denied };
  }
  if (!('withoutInstall' in requirement)) return undefined;
  const { installId } = request;
  const missing = installId === undefined || (requirement.refuseEmptyInstall === true && installId === '');
  return missing ? { answer: requirement.withoutInstall } : undefined;
}
