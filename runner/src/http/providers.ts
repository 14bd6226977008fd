const KNOWN: ReadonlySet<string> = new Set([
  'cap:context.read',
  'cap:secrets.get',
  'cap:http.fetch',
  'cap:storage.kv',
  'cap:log.emit',
  'cap:ui.proxy',
  'cap:user.read',
  'cap:scheduler.manage',
  'cap:invoice.manual.create',
  'cap:client.read',
  'cap:service.read',
]);

/** Granted to every call, asked for or not. */
const DEFAULTS = ['cap:context.read', 'cap:log.emit', 'cap:user.read'];

/** The capabilities of a call: trimmed, lower-cased, with the default ones; and those nobody knows. */
export function grantsOf(providers: readonly string[]): { granted: ReadonlySet<string>; unknown: string[] } {
  const asked = providers.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
  const granted = new Set([...DEFAULTS, ...asked]);
  return { granted, unknown: [...granted].filter((name) => !KNOWN.has(name)) };
}
