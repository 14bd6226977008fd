import type { TestHost } from './test-host.js';

/** The services' capabilities, for a manifest that may call them all. */
export const ALL_SERVICES = [
  'cap:storage.kv',
  'cap:scheduler.manage',
  'cap:client.read',
  'cap:service.read',
  'cap:invoice.manual.create',
];

/** Asks a service as the runner does on behalf of a guest; gives status and body. */
export async function askService(
  it: TestHost,
  service: string,
  body: unknown,
  install: string = it.rows.installId,
): Promise<[status: number, body: Record<string, unknown>]> {
  const answer = await fetch(`${it.host.origin}/api/internal/${service}/install/${install}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-runner-auth': it.tokens.serviceToken },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return [answer.status, (await answer.json()) as Record<string, unknown>];
}
