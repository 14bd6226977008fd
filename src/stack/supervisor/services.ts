import { join } from 'node:path';
import { findMinio, type Minio, startMinio } from '../embedded/minio.js';
import { startObjectStore } from '../embedded/object-store.js';
import { connectionString } from '../embedded/postgres/address.js';
import { startPostgres } from '../embedded/postgres.js';
import type { ServiceProcess, ServiceStart } from '../embedded/service-process.js';
import { storeConfig } from '../embedded/store-options.js';
import type { StackLayout } from '../folder/layout.js';
import { LogFile } from '../folder/log-file.js';
import {
  ensureCredentials,
  portWishes,
  readPorts,
  type StackCredentials,
  type StackPorts,
  writePorts,
} from '../folder/settings.js';
import type { ServiceName, ServiceStatus } from '../types.js';
import type { Endpoints } from './protocol.js';
import { type ServiceListener, type ServiceStarter, SupervisedService } from './supervised-service.js';

export interface ServicesOptions {
  readonly layout: StackLayout;
  readonly env: NodeJS.ProcessEnv;
  readonly listener: ServiceListener;
  readonly onProgress: (text: string) => void;
  /** Told of every child as soon as it exists. */
  readonly onSpawn: (service: ServiceName, pid: number) => void;
}

/** The database and the object store of one stack folder. */
export class EmbeddedServices {
  readonly #options: ServicesOptions;
  readonly #logs: Record<ServiceName, LogFile>;
  readonly #services: SupervisedService[] = [];

  constructor(options: ServicesOptions) {
    this.#options = options;
    this.#logs = {
      database: new LogFile(logPath(options.layout, 'database')),
      store: new LogFile(logPath(options.layout, 'store')),
    };
  }

  /** Starts both at once and gives their addresses. What did start is stopped when one fails. */
  async start(): Promise<Endpoints> {
    const { layout, listener } = this.#options;
    const credentials = await ensureCredentials(layout.credentials);
    const last = await readPorts(layout.ports);
    const store = await this.#storeStarter(credentials, last);
    const database = new SupervisedService('database', this.#databaseStarter(credentials), listener);
    const objects = new SupervisedService('store', store.start, listener);
    this.#services.push(database, objects);
    const started = await Promise.allSettled([
      database.start(portWishes('database', last)),
      objects.start(portWishes('store', last)),
    ]);
    const failure = started.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    const [databasePort = 0, storePort = 0] = started.map((r) => (r.status === 'fulfilled' ? r.value : 0));
    const console = store.consolePort();
    const ports = { ...last, database: databasePort, store: storePort };
    await writePorts(layout.ports, console === undefined ? ports : { ...ports, console });
    return {
      connectionString: connectionString(databasePort, credentials.databasePassword),
      store: storeConfig(storePort, credentials),
    };
  }

  status(): ServiceStatus[] {
    return this.#services.map((service) => service.status());
  }

  async stop(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.stop()));
    await Promise.all(Object.values(this.#logs).map((log) => log.close()));
  }

  #databaseStarter(credentials: StackCredentials): ServiceStarter {
    const { layout } = this.#options;
    return (ports) =>
      startPostgres({
        ...this.#common('database'),
        ports,
        dataDir: layout.postgresData,
        password: credentials.databasePassword,
      });
  }

  /** MinIO when it is on PATH, else the built-in store; `ALGA_OBJECT_STORE=builtin` always the latter. */
  async #storeStarter(
    credentials: StackCredentials,
    last: StackPorts,
  ): Promise<{ start: ServiceStarter; consolePort: () => number | undefined }> {
    const { layout, env } = this.#options;
    const common = { ...this.#common('store'), ...credentials };
    const program = env.ALGA_OBJECT_STORE === 'builtin' ? undefined : await findMinio(env);
    if (program === undefined) {
      const start: ServiceStarter = (ports) =>
        startObjectStore({ ...common, ports, dataDir: layout.objectsData });
      return { start, consolePort: () => undefined };
    }
    let running: Minio | undefined;
    const start = async (ports: ServiceStart['ports']): Promise<ServiceProcess> => {
      running = await startMinio({
        ...common,
        ports,
        program,
        dataDir: layout.minioData,
        certificatesDir: join(layout.root, 'minio-certs'),
        consolePorts: portWishes('console', last),
      });
      return running;
    };
    return { start, consolePort: () => running?.consolePort };
  }

  #common(service: ServiceName): Omit<ServiceStart, 'ports'> {
    return {
      env: this.#options.env,
      onProgress: this.#options.onProgress,
      log: (line) => this.#logs[service].line(line),
      logFile: logPath(this.#options.layout, service),
      onSpawn: (pid) => this.#options.onSpawn(service, pid),
    };
  }
}

/** Log of a service's own output. */
export function logPath(layout: StackLayout, service: ServiceName): string {
  return join(layout.logs, service === 'database' ? 'postgres.log' : 'object-store.log');
}
