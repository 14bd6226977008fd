import { getContext } from 'alga:extension/context';
import { logInfo } from 'alga:extension/logging';
import type { ExecuteRequest, ExecuteResponse } from 'alga:extension/types';
import { getUser } from 'alga:extension/user';
import { addNote, readNotes } from './notes.ts';
import { failure, json, readJson } from './responses.ts';

/**
 * Called once for each request that reaches one of the endpoints in manifest.json. Every request runs in a
 * fresh copy of this program: what must last goes into storage.
 */
export function handler(request: ExecuteRequest): ExecuteResponse {
  const { method, url } = request.http;
  const path = url.split('?')[0];
  logInfo(`${method} ${path}`);

  if (method === 'GET' && path === '/api/status') return json(200, status('Hello from the handler'));
  if (method === 'POST' && path === '/api/notes') return postNote(request);
  return failure(404, `Nothing answers ${method} ${path}`);
}

function postNote(request: ExecuteRequest): ExecuteResponse {
  const body = readJson(request) as { text?: unknown } | undefined;
  const text = typeof body?.text === 'string' ? body.text.trim() : '';
  if (text === '' || text.length > 200) return failure(400, 'A note needs a text of 1 to 200 characters');
  const note = addNote(text, currentUser()?.name ?? 'unknown');
  if (note === undefined) return failure(409, 'Somebody else wrote at the same time, please try again');
  return json(201, status(`Kept note ${note.id}`));
}

function status(message: string) {
  const { tenantId } = getContext();
  return { message, tenantId, user: currentUser(), answeredAt: new Date().toISOString(), notes: readNotes() };
}

/** Who is asking; null for calls without a user, such as scheduled ones. */
function currentUser(): { name: string; type: string } | null {
  try {
    const { userName, userEmail, userType } = getUser();
    return { name: userName || userEmail, type: userType };
  } catch {
    return null;
  }
}
