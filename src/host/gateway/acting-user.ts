import type { IncomingHttpHeaders } from 'node:http';

/** Header and cookie that choose whom a request is made as, by user name. */
export const USER_HEADER = 'x-alga-dev-user';
export const USER_COOKIE = 'alga-dev-user';

/** User name that stands for a request without a login. */
export const SIGNED_OUT = 'signed-out';

/** A user of the tenant. There is no login: the author switches between them. */
export interface ActingUser {
  readonly userId: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly userType: 'internal' | 'client';
  readonly timezone: string | null;
  readonly contactId: string | null;
  /** Client of the user's contact; without one a client user may not call an extension. */
  readonly clientId: string | null;
  /** Rights as `resource:action`. */
  readonly permissions: readonly string[];
}

/** What a request says about whom it is made as. */
export interface UserChoice {
  readonly username: string | undefined;
  /** A header is a decision and must fit; a cookie may be left over from another tenant. */
  readonly firm: boolean;
}

/** Whom a request asks to be made as: its header, else its cookie. */
export function userChoiceOf(headers: IncomingHttpHeaders): UserChoice {
  const header = headers[USER_HEADER];
  if (typeof header === 'string' && header !== '') return { username: header, firm: true };
  return { username: cookieOf(headers.cookie, USER_COOKIE), firm: false };
}

/**
 * The chosen user; without a choice (or with one that does not fit any more) the first user who may
 * do everything. Undefined for {@link SIGNED_OUT} and for an unknown name in the header.
 */
export function chooseUser(users: readonly ActingUser[], choice: UserChoice): ActingUser | undefined {
  if (choice.username === SIGNED_OUT) return undefined;
  const chosen = users.find((user) => user.username === choice.username);
  if (chosen || choice.firm) return chosen;
  return users.find((user) => may(user, 'write') || user.clientId !== null) ?? users[0];
}

/** Whether a user is both: an internal one who is somebody's contact. No session is taken for such a user. */
export function isContradictory({ userType, contactId, clientId }: ActingUser): boolean {
  return userType === 'internal' && (contactId !== null || clientId !== null);
}

/** Whether a user has a right on the resource `extension`. */
export function may(user: ActingUser, action: 'read' | 'write'): boolean {
  return user.permissions.includes(`extension:${action}`);
}

/** The value of a cookie; undefined when there is none of that name. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, ...value] = part.split('=');
    if (key?.trim() !== name) continue;
    try {
      return decodeURIComponent(value.join('=').trim());
    } catch {
      return undefined;
    }
  }
  return undefined;
}
