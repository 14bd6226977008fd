import { type Request, type Response, Router } from 'express';
import { reportError } from '../../core/errors/alga-error.js';
import type { TenantId } from '../../core/ids.js';
import { type ExtensionDirectory, registryIdOf } from '../extensions/extension-directory.js';
import { type HostNames, sidesFor } from '../front/host-names.js';
import type { SealedFrames } from '../front/sealed-frames.js';
import type { TenantOf } from '../gateway/acting-tenant.js';
import {
  type ActingUser,
  chooseUser,
  SIGNED_OUT,
  USER_COOKIE,
  type UserChoice,
  userChoiceOf,
} from '../gateway/acting-user.js';
import type { PageBoot } from '../wire/boot.js';
import { pageDocument, pagePolicy } from './page-document.js';

export interface PageOptions {
  readonly names: () => HostNames;
  readonly token: string;
  readonly session: string;
  readonly seals: SealedFrames;
  readonly directory: ExtensionDirectory;
  readonly tenants: () => Promise<readonly { tenantId: TenantId; name: string }[]>;
  readonly users: (tenantId: TenantId) => Promise<readonly ActingUser[]>;
  readonly tenantOf: TenantOf;
  /** Has the directory know what is installed now. */
  readonly lookAtInstalls: () => Promise<void>;
}

/** The pages at the addresses they have in the product. */
export function pageRoutes(options: PageOptions): Router {
  const router = Router();
  router.get('/', (_req, res) => {
    const first = options.directory.first();
    res.redirect(307, first ? `/msp/extensions/${first.registryId}` : '/msp/settings/extensions');
  });
  router.get('/msp/extensions/:id', (req, res) => sendPage(options, req, res, 'extension', 'msp'));
  router.get('/msp/extensions/:id/debug', (req, res) =>
    res.redirect(307, `/msp/extensions/${req.params.id}#logs`),
  );
  router.get('/msp/settings', (_req, res) => res.redirect(307, '/msp/settings/extensions'));
  router.get(['/msp/settings/extensions/:id', '/msp/settings/extensions/:id/settings'], (req, res) =>
    res.redirect(307, `/msp/settings/extensions#${req.params.id}`),
  );
  router.get('/client-portal/extensions/:id', (req, res) =>
    sendPage(options, req, res, 'extension', 'client'),
  );
  router.get(['/msp/extensions', '/msp/settings/extensions'], (req, res) =>
    sendPage(options, req, res, 'settings', 'msp'),
  );
  return router;
}

async function sendPage(
  options: PageOptions,
  req: Request,
  res: Response,
  view: PageBoot['view'],
  portal: PageBoot['portal'],
): Promise<void> {
  const { directory } = options;
  const sides = sidesFor(options.names(), req.headers.host);
  const param = req.params.id;
  const registryId = registryIdOf(typeof param === 'string' ? param : undefined);
  const { tenants, tenantId, users, loadError } = await lookUp(options, req);
  const tenant = tenants.find((known) => known.tenantId === tenantId);
  const extension = registryId && directory.state(registryId);
  const user = userFor(portal, users, userChoiceOf(req.headers));
  if (user) res.cookie(USER_COOKIE, user.username, { path: '/', sameSite: 'strict' });
  const boot: PageBoot = {
    view,
    portal,
    ...(param === undefined ? {} : { registryId: registryId ?? String(param) }),
    token: options.token,
    session: options.session,
    frameOrigin: `http://${sides.frame}`,
    ...(registryId ? { sealedPath: options.seals.pathFor(registryId) } : {}),
    tenant: { id: tenantId ?? '', name: tenant?.name ?? 'no tenant' },
    tenants: tenants.map(({ tenantId: id, name }) => ({ id, name })),
    users: users.map(bootUser),
    user: user?.username ?? SIGNED_OUT,
    extensions: directory.states().filter((state) => state.tenantId === tenantId),
    ...(loadError ? { loadError } : {}),
  };
  res.setHeader('content-security-policy', pagePolicy(sides));
  res.setHeader('x-frame-options', 'DENY');
  res.setHeader('cache-control', 'no-store');
  res.type('html').send(pageDocument(boot, `${extension?.displayName ?? 'Extensions'} · alga dev`));
}

/** What a page needs of the database. */
interface Found {
  readonly tenants: readonly { tenantId: TenantId; name: string }[];
  readonly tenantId: TenantId | undefined;
  readonly users: readonly ActingUser[];
  readonly loadError?: PageBoot['loadError'];
}

/** Never rejects: as in the product, a look-up that fails is a state of the page, which says why. */
async function lookUp(options: PageOptions, req: Request): Promise<Found> {
  try {
    const tenants = await options.tenants();
    const tenantId = await options.tenantOf(req);
    await options.lookAtInstalls();
    return { tenants, tenantId, users: tenantId ? await options.users(tenantId) : [] };
  } catch (error) {
    const { message, hint } = reportError(error);
    return { tenants: [], tenantId: undefined, users: [], loadError: { message, hint } };
  }
}

/**
 * The user of a page. The product sends users of the other app away; here the page is shown for one
 * who may see it, so that no address leads nowhere.
 */
function userFor(
  portal: PageBoot['portal'],
  users: readonly ActingUser[],
  choice: UserChoice,
): ActingUser | undefined {
  const wanted = portal === 'client' ? 'client' : 'internal';
  const chosen = chooseUser(users, choice);
  if (!chosen || chosen.userType === wanted) return chosen;
  const fitting = users.filter(({ userType }) => userType === wanted);
  return chooseUser(fitting, { username: undefined, firm: false });
}

function bootUser(user: ActingUser): PageBoot['users'][number] {
  const { username, name, userType, clientId, permissions } = user;
  const rights = permissions
    .filter((right) => right.startsWith('extension:'))
    .map((right) => right.slice(10));
  const internal = rights.length > 0 ? `MSP: ${rights.join(', ')}` : 'MSP: no rights';
  const client = clientId === null ? 'portal, no client' : 'portal';
  return { key: username, name, type: userType, title: userType === 'internal' ? internal : client };
}
