import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Express } from 'express';
import type { RegistryId } from '../core/ids.js';
import { StagedBundles } from './bundles/staged-bundles.js';
import { type DebugEvent, guestLogOf } from './debug/debug-event.js';
import { DebugHistory } from './debug/debug-history.js';
import type { Host, HostExtension, HostOptions, ServedBundle, UiHandler } from './door.js';
import { ExtensionDirectory } from './extensions/extension-directory.js';
import { installedStates } from './extensions/installed-states.js';
import { RequestGate } from './extensions/request-gate.js';
import { Afar, TOKEN_PARAMETER } from './front/afar.js';
import { frontApp } from './front/app.js';
import { type HostNames, hostNames } from './front/host-names.js';
import { OpenSockets } from './front/open-sockets.js';
import { type OpenPort, openPort } from './front/port.js';
import { SealedFrames } from './front/sealed-frames.js';
import { guardUpgrades } from './front/upgrades.js';
import { openWideListeners, type WideListeners } from './front/wide-listeners.js';
import { tenantChooser } from './gateway/acting-tenant.js';
import { Gateway } from './gateway/gateway.js';
import type { GatewayData } from './gateway/gateway-data.js';
import { TokenBuckets } from './gateway/token-bucket.js';
import { hostRoutes } from './host-routes.js';
import { LIVE_PATH } from './live/live-address.js';
import { LiveChannel } from './live/live-channel.js';
import { registryGatewayData } from './registry-data.js';
import { RequestLog } from './requests/request-log.js';
import { LiveUis, liveUiOf } from './runner/live-ui.js';
import { RunnerCalls } from './runner/runner-calls.js';
import { ScheduleRuns } from './schedules/schedule-runs.js';
import { LocalScheduler } from './schedules/scheduler.js';
import type { ChannelMessage, PageMessage } from './wire/messages.js';
import type { CspViolation, HostCall, RequestRecord } from './wire/records.js';

const PRODUCT_PORT = 3000;
const GATEWAY_TIMEOUT_MS = 30_000;
/** Answers under way get this long when the host stops. */
const DRAIN_MS = 300;

type Untimed<M> = M extends unknown ? Omit<M, 'at'> : never;

/** See {@link Host}. Joins the parts; each part knows nothing of the others. */
export class HostServer implements Host {
  readonly httpServer: Server;
  readonly #options: HostOptions;
  readonly #session = randomUUID();
  readonly #directory = new ExtensionDirectory();
  readonly #gate = new RequestGate();
  readonly #liveUis = new LiveUis();
  readonly #seals = new SealedFrames();
  readonly #liveComponents = new Map<RegistryId, string>();
  readonly #debugHistory = new DebugHistory();
  readonly #staged = new StagedBundles();
  readonly #data: GatewayData;
  readonly #runner: RunnerCalls;
  readonly #requests: RequestLog;
  readonly #gateway: Gateway;
  readonly #channel: LiveChannel;
  readonly #scheduler: LocalScheduler;
  readonly #sockets: OpenSockets;
  readonly #afar: Afar;
  #names: HostNames = hostNames(0);
  #open: OpenPort | undefined;
  #wide: WideListeners | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#afar = new Afar(options.tokens.session, this.#seals);
    this.#runner = new RunnerCalls(options.runnerUrl);
    this.#requests = new RequestLog((record) => this.#answered(record));
    this.#data = registryGatewayData(options.registry);
    this.#gateway = new Gateway({
      data: this.#data,
      buckets: options.rateLimit === false ? undefined : new TokenBuckets(),
      runner: this.#runner,
      requests: this.#requests,
      gate: this.#gate,
      known: (id) => this.#directory.named(id),
      serviceToken: options.tokens.serviceToken,
      liveComponent: (registryId) => this.#liveComponents.get(registryId),
      timeoutMs: options.gatewayTimeoutMs ?? GATEWAY_TIMEOUT_MS,
    });
    this.#scheduler = this.#makeScheduler();
    this.#channel = new LiveChannel({
      token: options.tokens.session,
      hello: () => stamped({ type: 'hello', session: this.#session, extensions: this.#directory.states() }),
      onCommand: (command) => options.events.onCommand(command),
    });
    this.httpServer = createServer(this.#front());
    this.#sockets = new OpenSockets(this.httpServer);
    this.#guardUpgrades();
  }

  get origin(): string {
    return `http://${this.#names.page}`;
  }

  async start(): Promise<void> {
    this.#open = await openPort(this.httpServer, this.#options.preferredPort ?? PRODUCT_PORT);
    this.#names = hostNames(this.#open.port);
    await this.#openWide(this.#open.port);
    this.#channel.start();
    this.#scheduler.start();
  }

  get wideNames(): readonly string[] {
    return this.#names.wide.map(({ page }) => page.replace(/:\d+$/, ''));
  }

  get wideUrls(): readonly string[] {
    const token = encodeURIComponent(this.#options.tokens.session);
    return this.#names.wide.map(({ page }) => `http://${page}/?${TOKEN_PARAMETER}=${token}`);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  addExtension(extension: HostExtension): void {
    this.#directory.put(extension);
    this.#tellMenu();
  }

  removeExtension(registryId: RegistryId): void {
    this.#directory.remove(registryId);
    this.#liveUis.mount(registryId, undefined);
    this.#tellMenu();
  }

  mountUi(registryId: RegistryId, handler: UiHandler | undefined): void {
    this.#liveUis.mount(registryId, handler);
  }

  holdRequests(registryId: RegistryId): () => void {
    return this.#gate.hold(registryId);
  }

  heldRequestsAnswered(registryId: RegistryId): Promise<void> {
    return this.#gate.caughtUp(registryId);
  }

  setLiveComponent(registryId: RegistryId, key: string | undefined): void {
    if (key === undefined) this.#liveComponents.delete(registryId);
    else this.#liveComponents.set(registryId, key);
  }

  setServed(registryId: RegistryId, bundle: ServedBundle): void {
    const served = this.#directory.serve(registryId, bundle);
    if (!served) return;
    this.#send({ type: 'published', registryId, served });
    // Another version has other endpoints: its schedules are looked at again.
    this.#scheduler.refresh();
  }

  tell(registryId: RegistryId | undefined, message: PageMessage): void {
    this.#directory.remember(registryId, message);
    this.#send({ ...message, ...(registryId ? { registryId } : {}) });
  }

  recentRequests(): readonly RequestRecord[] {
    return this.#requests.recent();
  }

  async #openWide(port: number): Promise<void> {
    const { address } = this.#options;
    if (address === undefined) return;
    const onSocket = (socket: Socket): void => {
      this.#afar.add(socket);
      this.httpServer.emit('connection', socket);
    };
    this.#wide = await openWideListeners({ address, port, onSocket });
    this.#afar.open(this.#wide.names);
    this.#names = hostNames(port, this.#wide.names);
  }

  #front(): Express {
    const { sealed, routes } = hostRoutes({
      options: this.#options,
      session: this.#session,
      names: () => this.#names,
      directory: this.#directory,
      liveUis: this.#liveUis,
      seals: this.#seals,
      gateway: this.#gateway,
      requests: this.#requests,
      scheduler: this.#scheduler,
      staged: this.#staged,
      onInstallChange: () => this.#installsChanged(),
      lookAtInstalls: () => this.#lookAtInstalls(),
      // Everyone works for the tenant of the session's first extension until another one is chosen.
      tenantOf: tenantChooser(
        () => this.#options.registry.tenants(),
        () => this.#directory.first()?.tenantId,
      ),
      data: this.#data,
      debugHistory: this.#debugHistory,
      onDebugEvent: (event) => this.#guestSaid(event),
      onHostCall: (of, call) => this.#hostCalled(of, call),
      onViolation: (violation) => this.#violated(violation),
    });
    return frontApp(() => this.#names, this.#afar.admit(), sealed, routes);
  }

  #installsChanged(): void {
    this.#scheduler.refresh();
    // A database that is away for a moment leaves the menu as it is.
    void this.#lookAtInstalls()
      .catch(() => undefined)
      .then(() => this.#tellMenu());
  }

  async #lookAtInstalls(): Promise<void> {
    this.#directory.setInstalled(await installedStates(this.#options.registry));
  }

  #makeScheduler(): LocalScheduler {
    const { scheduler } = this.#options.registry.services;
    const runs = new ScheduleRuns({
      data: this.#data,
      runner: this.#runner,
      requests: this.#requests,
      gate: this.#gate,
      timeoutMs: this.#options.gatewayTimeoutMs ?? GATEWAY_TIMEOUT_MS,
      scheduler,
    });
    return new LocalScheduler({ service: scheduler, runs, owned: () => this.#directory.all() });
  }

  #hostCalled(of: { installId: string; requestId: string | undefined }, call: HostCall): void {
    // A guest may have made, changed or deleted a schedule.
    if (call.service === 'ext-scheduler' && call.status < 300) this.#scheduler.refresh();
    const registryId = this.#directory.named(of.installId)?.registryId;
    if (registryId) this.#requests.addHostCall({ requestId: of.requestId, registryId }, call);
  }

  #guardUpgrades(): void {
    guardUpgrades(
      this.httpServer,
      () => this.#names,
      this.#seals,
      (request) => this.#afar.refusal(request),
      (path, request, socket, head) => {
        if (path === LIVE_PATH) {
          this.#channel.accept(request, socket, head);
          return 'taken';
        }
        const registryId = liveUiOf(path);
        return registryId && this.#liveUis.has(registryId) ? 'left' : 'unknown';
      },
    );
  }

  #answered(record: RequestRecord): void {
    this.#options.events.onRequest(record);
    this.#send({ type: 'request', registryId: record.registryId, record });
  }

  #guestSaid(event: DebugEvent): void {
    this.#debugHistory.add(event);
    const log = guestLogOf(event, this.#directory);
    this.#requests.addLog(log);
    this.#options.events.onGuestLog(log);
    this.#send({ type: 'guestLog', log, ...(log.registryId ? { registryId: log.registryId } : {}) });
  }

  #violated(violation: CspViolation): void {
    this.#options.events.onCspViolation(violation);
    this.#send({ type: 'csp', registryId: violation.registryId, violation });
  }

  #tellMenu(): void {
    this.#send({ type: 'menu', extensions: this.#directory.states() });
  }

  #send(message: Untimed<ChannelMessage>): void {
    this.#channel.send(stamped(message));
  }

  async #stop(): Promise<void> {
    this.#gate.openAll();
    this.#channel.close();
    await this.#sockets.drained(Promise.all([this.#open?.close(), this.#wide?.close()]), DRAIN_MS);
    this.#runner.close();
    await Promise.all([this.#gateway.settled(), this.#scheduler.stop(), this.#staged.clear()]);
  }
}

function stamped(message: Untimed<ChannelMessage>): ChannelMessage {
  return { ...message, at: new Date().toISOString() } as ChannelMessage;
}
