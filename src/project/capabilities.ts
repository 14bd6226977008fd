/** A capability the product knows and the host interface of the guest that needs it. */
export interface KnownCapability {
  readonly name: string;
  /** Interfaces of `alga:extension/*` whose calls are refused without it. */
  readonly interfaces: readonly string[];
  /** Granted by gateway and runner whether declared or not. */
  readonly always: boolean;
}

/** Everything the product grants; names outside this list are dropped when it reads them. */
export const KNOWN_CAPABILITIES: readonly KnownCapability[] = [
  { name: 'cap:context.read', interfaces: ['context'], always: true },
  { name: 'cap:log.emit', interfaces: ['logging'], always: true },
  { name: 'cap:user.read', interfaces: ['user', 'user-v2'], always: true },
  { name: 'cap:secrets.get', interfaces: ['secrets'], always: false },
  { name: 'cap:http.fetch', interfaces: ['http'], always: false },
  { name: 'cap:storage.kv', interfaces: ['storage'], always: false },
  { name: 'cap:ui.proxy', interfaces: ['ui-proxy'], always: false },
  { name: 'cap:scheduler.manage', interfaces: ['scheduler'], always: false },
  { name: 'cap:invoice.manual.create', interfaces: ['invoicing'], always: false },
  { name: 'cap:client.read', interfaces: ['clients'], always: false },
  { name: 'cap:service.read', interfaces: ['services'], always: false },
];

/** Trimmed, lower case: the form in which the product compares capability names. */
export function normalCapability(name: string): string {
  return name.trim().toLowerCase();
}

/** Whether the product grants anything for this name. */
export function isKnownCapability(name: string): boolean {
  return KNOWN_CAPABILITIES.some((known) => known.name === normalCapability(name));
}

/** The known capability a name without `cap:` (or with other small faults) most likely means. */
export function suggestCapability(name: string): string | undefined {
  const bare = normalCapability(name).replace(/^cap[:.]/, '');
  return KNOWN_CAPABILITIES.find((known) => known.name === `cap:${bare}`)?.name;
}

/** The capability that calls of one host interface need. */
export function capabilityOfInterface(name: string): KnownCapability | undefined {
  return KNOWN_CAPABILITIES.find((known) => known.interfaces.includes(name));
}
