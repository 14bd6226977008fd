import type { CapturedBody, RequestRecord } from '../../wire/records.js';

/** Why a request cannot be made again; undefined when it can. */
export function replayObstacle(record: RequestRecord): string | undefined {
  if (record.origin === 'schedule') return 'Run it from the schedules';
  if (record.request.body?.truncated) return 'Its body was too large to keep';
  return undefined;
}

/**
 * Makes a request again, as the same user, through the same route. Gives the id under which the host
 * reports it.
 */
export async function replay(record: RequestRecord): Promise<string> {
  const requestId = crypto.randomUUID();
  const query = new URLSearchParams(record.query).toString();
  const body = record.method === 'GET' || record.method === 'HEAD' ? undefined : bytesOf(record.request.body);
  const path = record.path.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(
    `/api/${record.route}/${record.registryId}${path}${query === '' ? '' : `?${query}`}`,
    {
      method: record.method,
      headers: {
        ...passedOn(record.request.headers),
        'x-request-id': requestId,
        'x-alga-dev-purpose': 'replay',
        ...(record.user ? { 'x-alga-dev-user': record.user.key } : {}),
      },
      ...(body === undefined ? {} : { body }),
    },
  );
  await response.arrayBuffer();
  return requestId;
}

/** The answer as one text to compare: status, headers, and the body, JSON with a line for each value. */
export function answerText({ status, response }: RequestRecord): string {
  const headers = Object.entries(response.headers)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}: ${value}`);
  return [`HTTP ${status}`, ...headers, '', bodyText(response.body)].join('\n');
}

/** A kept body for reading. */
export function bodyText(body: CapturedBody | undefined): string {
  if (!body) return '';
  if (body.text === undefined) return `${body.size} bytes, base64:\n${body.base64 ?? ''}`;
  const text = prettyJson(body.text) ?? body.text;
  return body.truncated ? `${text}\n… ${body.size} bytes in all` : text;
}

function prettyJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

function passedOn(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = ['accept', 'content-type'].flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

function bytesOf(body: CapturedBody | undefined): string | Uint8Array<ArrayBuffer> {
  if (body?.base64 === undefined) return body?.text ?? '';
  return Uint8Array.from(atob(body.base64), (char) => char.charCodeAt(0));
}
