import { isDeepStrictEqual } from 'node:util';
import { AlgaError } from '../core/errors/alga-error.js';
import { registryIdSchema, tenantIdSchema } from '../core/ids.js';
import { Cleanup } from '../core/service.js';
import { loadProject } from '../project/index.js';
import { type Validation, validateProject } from '../project/inspect/index.js';
import type { Project } from '../project/types.js';
import type { Stack, StackStatus } from '../stack/index.js';
import { auditBundle, type Verdict } from './sources/audit.js';
import { connectDatabase, type Database } from './sources/database.js';
import { ask, healthOf, type RunnerHealth, servedHashOf } from './sources/http.js';
import { withLimit } from './sources/limit.js';
import { type Objects, openObjects } from './sources/objects.js';
import { type ProductPlace, productPlace } from './sources/product-files.js';
import {
  type BundleRow,
  type InstallRow,
  missingColumns,
  type Rows,
  readRows,
  type VersionRow,
} from './sources/rows.js';
import { runnerEnvironment } from './sources/runner-process.js';
import { type AnnouncedSession, readSessionFiles, type SessionFiles } from './sources/session.js';
import { attachStack, lookAtStack } from './sources/stack.js';
import { asUnseen, ifSeen, Unseen } from './unseen.js';

const STORE_LIMIT_MS = 5_000;

/** Parts that no publish changes. */
const LASTING: ReadonlySet<string> = new Set([
  ...['project', 'project model', 'product', 'session files', 'session', 'host'],
  ...['stack', 'stack connection', 'database', 'schema'],
]);

export interface ViewOptions {
  readonly projectRoot: string;
  readonly env: NodeJS.ProcessEnv;
  /** Start the stack for the time of the check when it has data. */
  readonly start: boolean;
  /** Checkout of the product whose settings are looked at; the one around the project when left out. */
  readonly product?: string | undefined;
}

/** The install that the tenant in use has of the project's extension, with what it points to. */
export interface Installed {
  readonly tenantId: string;
  readonly registryId: string;
  readonly install: InstallRow;
  readonly version: VersionRow;
  /** Of the installed version, the active one first. */
  readonly bundles: readonly BundleRow[];
}

/**
 * What all checks look at. Every part is gathered once, when the first check asks for it; one that
 * cannot be seen throws the same `Unseen` to everybody who asks.
 */
export class View {
  readonly env: NodeJS.ProcessEnv;
  /** Where the author is; the project's root is found from here. */
  readonly folder: string;
  readonly #start: boolean;
  readonly #product: string | undefined;
  readonly #parts = new Map<string, Promise<unknown>>();
  readonly #cleanup = new Cleanup();

  constructor(options: ViewOptions) {
    this.env = options.env;
    this.folder = options.projectRoot;
    this.#start = options.start;
    this.#product = options.product;
  }

  /** Lets go of everything that was opened. */
  async close(): Promise<void> {
    await this.#cleanup.run();
  }

  /** Manifest and sources, checked against the product's rules. */
  validation(): Promise<Validation> {
    return this.part('project', async () => {
      try {
        return await validateProject(this.folder, { features: 'default' });
      } catch (error) {
        const absent = error instanceof AlgaError && error.code === 'PROJECT_NOT_FOUND';
        if (absent)
          throw new Unseen('project', 'failed', `there is no extension project in ${this.folder}`, error);
        throw error;
      }
    });
  }

  /** The project, when its manifest holds. */
  project(): Promise<Project> {
    return this.part('project model', async () => {
      const validation = await this.validation();
      if (!validation.ok) throw new Unseen('project', 'idle', 'the manifest is not valid');
      return loadProject(validation.root);
    });
  }

  /** Root of the project; the author's folder while there is none. */
  async root(): Promise<string> {
    return (await ifSeen(this.validation()))?.root ?? this.folder;
  }

  /** Where a checkout of the product is looked for. */
  productPlace(): Promise<ProductPlace> {
    return this.part('product', async () => productPlace(await this.root(), this.#product));
  }

  sessionFiles(): Promise<SessionFiles> {
    return this.part('session files', async () => readSessionFiles(await this.root()));
  }

  /** The running `alga dev` of this project. */
  session(): Promise<AnnouncedSession> {
    return this.part('session', async () => {
      const { session, state } = await this.sessionFiles();
      if (session !== undefined) return session;
      const reason = state === 'starting' ? 'alga dev is still starting' : 'alga dev is not running here';
      throw new Unseen('session', 'idle', reason);
    });
  }

  stackStatus(): Promise<StackStatus> {
    return this.part('stack', async () => lookAtStack(this.env, (await ifSeen(this.project()))?.root));
  }

  stack(): Promise<Stack> {
    return this.part('stack connection', async () => {
      const stack = await attachStack(this.env, await this.stackStatus(), this.#start);
      this.#cleanup.add(() => stack.close());
      return stack;
    });
  }

  database(): Promise<Database> {
    return this.part('database', async () => {
      const { connectionString } = (await this.stack()).database;
      const database = await connectDatabase(connectionString);
      this.#cleanup.add(() => database.close());
      return database;
    });
  }

  /** Tables and columns that are needed and missing. */
  missingColumns(): Promise<readonly string[]> {
    return this.part('schema', async () => missingColumns(await this.database()));
  }

  /** What the database says of the project's extension. */
  rows(): Promise<Rows> {
    return this.part('rows', async () => {
      const { identity } = await this.project();
      const missing = await this.missingColumns();
      if (missing.length > 0) throw new Unseen('rows', 'idle', `the database lacks ${missing.join(', ')}`);
      return readRows(await this.database(), identity);
    });
  }

  objects(): Promise<Objects> {
    return this.part('object store', async () => {
      const { store } = await this.stack();
      const late = (objects: Objects): void => objects.close();
      const objects = await withLimit(openObjects(store), STORE_LIMIT_MS, 'the object store', late);
      this.#cleanup.add(() => objects.close());
      return objects;
    });
  }

  /** Tenant the author works for: the session's, else the remembered one, else the only one. */
  tenantId(): Promise<string> {
    return this.part('tenant', async () => {
      const { session, rememberedTenant } = await this.sessionFiles();
      const known = session?.tenantId ?? rememberedTenant;
      if (known !== undefined) return known;
      const { tenants } = await this.rows();
      const [only] = tenants;
      if (tenants.length === 1 && only !== undefined) return only.tenant;
      throw new Unseen('tenant', 'idle', 'no tenant has been chosen yet');
    });
  }

  /** The working install, with its version and bundles. Idle when any row of it is not in order. */
  installed(): Promise<Installed> {
    return this.part('install', async () => {
      const [rows, tenantId, { identity }] = await Promise.all([
        this.rows(),
        this.tenantId(),
        this.project(),
      ]);
      const registry = rows.registries.find(
        ({ publisher, name }) => publisher === identity.publisher && name === identity.name,
      );
      const install = rows.installs.find(
        (row) => row.registry_id === registry?.id && row.tenant_id === tenantId,
      );
      const version = rows.versions.find((row) => row.id === install?.version_id);
      if (registry === undefined || install === undefined || version === undefined) {
        throw new Unseen('install', 'idle', 'the extension is not installed for the tenant in use');
      }
      const bundles = rows.bundles.filter((row) => row.version_id === version.id);
      return { tenantId, registryId: registry.id, install, version, bundles };
    });
  }

  /** Which of rows, object and host disagrees about the active bundle, if any. */
  audit(): Promise<Verdict> {
    return this.part('audit', async () => {
      const { tenantId, registryId, bundles } = await this.installed();
      const objects = await this.objects();
      const served = await ifSeen(this.served());
      const owner = {
        tenantId: tenantIdSchema.parse(tenantId),
        registryId: registryIdSchema.parse(registryId),
      };
      return auditBundle({ owner, bundles, objects, served });
    });
  }

  /** The install, when rows, object and host agree: what lies behind it may be judged by itself. */
  sound(): Promise<Installed & { hash: string; entries: ReadonlyMap<string, Uint8Array> }> {
    return this.part('sound install', async () => {
      const [installed, verdict] = await Promise.all([this.installed(), this.audit()]);
      const { is_enabled: enabled, status } = installed.install;
      const hash = installed.bundles[0]?.content_hash;
      if (verdict.kind !== 'agree' || hash === undefined || !enabled || status !== 'enabled') {
        throw new Unseen('install', 'idle', 'rows and object have to agree first');
      }
      const entries = new Map(verdict.entries.map(({ name, content }) => [name, content]));
      return { ...installed, hash, entries };
    });
  }

  /** What the session's runner says of itself. Undefined: something answers that is no runner. */
  runner(): Promise<{ url: string; health: RunnerHealth | undefined; status: number }> {
    return this.part('runner', async () => {
      const { runnerUrl } = await this.session();
      const url = runnerUrl.replace(/\/+$/, '');
      const answer = await ask(`${url}/healthz`);
      return { url, health: healthOf(answer), status: answer.status };
    });
  }

  /** What the session's runner was started with: for comparing, never for showing. */
  runnerEnvironment(): Promise<ReadonlyMap<string, string>> {
    return this.part('runner settings', async () => {
      const { health } = await this.runner();
      if (health === undefined) throw new Unseen('runner settings', 'idle', 'no runner answers');
      return runnerEnvironment((await this.session()).runnerUrl);
    });
  }

  /** Origin of the session's host, once it has answered. */
  host(): Promise<string> {
    return this.part('host', async () => {
      const { origin } = await this.session();
      const answer = await ask(`${origin}/__alga/health`);
      if (answer.status !== 200) throw new Error(`it answers ${answer.status}`);
      return origin;
    });
  }

  /** Hash that the host serves for the project's extension. */
  served(): Promise<string | undefined> {
    return this.part('served bundle', async () => {
      const [origin, { registryId }] = await Promise.all([this.host(), this.installed()]);
      return servedHashOf(await ask(`${origin}/__alga/served/${registryId}`));
    });
  }

  /** Whether something was published since it was looked at: then all that it may have changed is forgotten. */
  async hasMoved(): Promise<boolean> {
    if (!this.#parts.has('rows')) return false;
    const publication = () => Promise.all([ifSeen(this.rows()), ifSeen(this.served())]);
    const before = await publication();
    for (const name of this.#parts.keys()) if (!LASTING.has(name)) this.#parts.delete(name);
    return !isDeepStrictEqual(await publication(), before);
  }

  /** Gathers a part at the first call; everybody who asks by that name gets the same. */
  part<T>(name: string, gather: () => Promise<T>): Promise<T> {
    const known = this.#parts.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const part = Promise.resolve()
      .then(gather)
      .catch((error: unknown) => {
        throw asUnseen(name, error);
      });
    // Whoever asks hears of a failure; nobody asking is no crash.
    part.catch(() => undefined);
    this.#parts.set(name, part);
    return part;
  }
}
