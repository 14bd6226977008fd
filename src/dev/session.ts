import { within } from '../core/process.js';
import { Cleanup, type Service } from '../core/service.js';
import { type ConfigFlags, type ConfigSource, loadProject } from '../project/index.js';
import { ArtifactCache } from './artifacts.js';
import { type Builders, startBuilders } from './builders.js';
import { CheckupWatch } from './checkup-watch.js';
import type { SessionCommand } from './commands.js';
import { type ConfiguredProject, loadConfiguredProjects } from './configured-projects.js';
import { type EventListener, EventStream } from './event-stream.js';
import { ExtensionLoop } from './extension-loop.js';
import { ExtensionStage } from './extension-stage.js';
import { hostEvents } from './host-events.js';
import { InstallSettings } from './install-settings.js';
import { LintWarnings } from './lint-warnings.js';
import { BundlePacker } from './packing/bundle-packer.js';
import { tellPages } from './page-messages.js';
import { openPlatform, type Platform } from './platform.js';
import { lockProject } from './session-lock.js';
import { announceSession, prepareStateDir, readState, writeState } from './state.js';
import { errorEvent, Reported } from './step.js';

export interface SessionOptions {
  /** Folders of the extensions, each with a manifest at its root or above. */
  readonly directories: readonly string[];
  /** What the command line said; stronger than environment and configuration file. */
  readonly flags: ConfigFlags;
  readonly env: NodeJS.ProcessEnv;
  /** Address beyond loopback at which the host is reached as well. Never comes from a file of the project. */
  readonly address?: string;
  /** Opens a URL in the author's browser. */
  readonly openUrl: (url: string) => Promise<void>;
}

interface RunningExtension {
  readonly stage: ExtensionStage;
  readonly loop: ExtensionLoop;
}

/** A person who leaves waits for the prompt: bounded, below the second in which it has to be there. */
const STOP_PATIENCE_MS = 600;

/** How a message names where the wish for a tenant came from. */
const TENANT_SOURCES: Readonly<Record<ConfigSource, string>> = {
  flag: '--tenant',
  environment: 'ALGA_TENANT_ID',
  file: 'the configuration file',
  default: 'nowhere',
};

/**
 * A development session without a screen: emits events, takes commands. Several extensions share one
 * stack, one host and one runner.
 */
export class Session implements Service {
  readonly #options: SessionOptions;
  readonly #events = new EventStream();
  readonly #cleanup = new Cleanup();
  readonly #doctor: CheckupWatch;
  #extensions: RunningExtension[] = [];
  #platform: Promise<Platform> | undefined;
  #builders: Builders | undefined;
  #stopping: Promise<void> | undefined;
  readonly #leaving = new AbortController();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#doctor = new CheckupWatch({
      events: this.#events,
      env: options.env,
      patients: () => this.#extensions.map(({ stage }) => stage),
      host: async () => (await this.#platform)?.host,
      send: (command) => this.send(command),
    });
    this.#cleanup.add(async () => this.#doctor.stop());
  }

  /** Adds a listener for every event from now on; gives the function that removes it. */
  subscribe(listener: EventListener): () => void {
    return this.#events.subscribe(listener);
  }

  /**
   * Starts everything and resolves after the first pass of every extension. A failing first build
   * does not reject: the session stays up and waits for the next save. Rejects when the session
   * cannot exist: no project, no stack, no free place. The error has been emitted then.
   */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      // Who leaves while it starts gets no errors: what fails then fails because of that.
      if (this.#stopping) return this.#stopping;
      if (!(error instanceof Reported)) this.#events.emit(errorEvent(error, {}));
      await this.stop('failed to start');
      throw error instanceof Reported ? error.cause : error;
    }
  }

  /** Carries out what a screen asks for. Failures become `error` events; the call never rejects. */
  async send(command: SessionCommand): Promise<void> {
    try {
      await this.#carryOut(command);
    } catch (error) {
      this.#events.emit(errorEvent(error, {}));
    }
  }

  /** Stops loops, builders, host and runner, and lets go of the stack. Further calls wait for the first. */
  stop(reason = 'quit'): Promise<void> {
    this.#stopping ??= this.#stop(reason);
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { emit } = this.#events;
    const projects = await loadConfiguredProjects({ ...this.#options, emit, signal: this.#leaving.signal });
    const [first] = projects;
    if (first === undefined) throw new Error('a session needs a project');
    for (const { project } of projects) this.#cleanup.add(await lockProject(project.root));
    const stateDir = await prepareStateDir(first.project.root);
    const roots = projects.map(({ project }) => project.root);
    const builders = startBuilders(this.#options.env, this.#events.emit, roots);
    this.#builders = builders;
    const platform = this.#openPlatform(first, stateDir);
    this.#platform = platform;
    // Loops wait for the platform themselves; a failure to open it must not count as unhandled.
    platform.catch(() => undefined);
    this.#extensions = projects.map((configured) => this.#createExtension(configured, platform, builders));
    const passes = this.#extensions.map(({ loop }) => loop.start());
    const opened = await platform;
    await writeState(first.project.root, { tenantId: opened.tenant.tenantId, stack: opened.stack.kind });
    await Promise.all(passes);
    for (const { project } of projects) this.#cleanup.add(await this.#announce(project.root, opened));
    if (first.config.open) await this.#openPage(this.#extensions[0]?.stage.pageUrl());
  }

  /** Writes down where this session is found, for commands in other terminals. */
  #announce(projectRoot: string, platform: Platform): Promise<() => Promise<void>> {
    return announceSession(projectRoot, {
      pid: process.pid,
      origin: platform.host.origin,
      runnerUrl: platform.runner.url,
      tenantId: platform.tenant.tenantId,
      extensions: this.#extensions.map(({ stage }) => ({
        extension: stage.extension,
        registryId: stage.registryId(),
      })),
    });
  }

  async #openPlatform({ project, config }: ConfiguredProject, stateDir: string): Promise<Platform> {
    const remembered = await readState(project.root);
    const platform = await openPlatform({
      stackKind: config.stack,
      extensions: this.#options.directories.length,
      env: this.#options.env,
      port: config.port,
      address: this.#options.address,
      runnerPort: config.runnerPort,
      tenantWishes: {
        wish: config.tenant,
        source: TENANT_SOURCES[config.sources.tenant],
        remembered: remembered.tenantId,
      },
      stateDir,
      emit: this.#events.emit,
      hostEvents: hostEvents(this.#events.emit, (command) => void this.send(command)),
      onFrameFailure: () => this.#doctor.suspect(),
    });
    this.#cleanup.add(
      tellPages(this.#events, platform.host, () => this.#extensions.map(({ stage }) => stage)),
    );
    this.#watchServices(platform);
    return platform;
  }

  /** A service that came back may have interrupted a publish: publish what is built once more. */
  #watchServices(platform: Platform): void {
    const { emit } = this.#events;
    platform.runner.onCrash((cause, restarted) => {
      emit({ type: 'note', message: `runner stopped: ${cause}${restarted ? '; started again' : ''}` });
      if (restarted) this.#retryAll();
    });
    platform.stack.onLost((error) => emit(errorEvent(error, {})));
    platform.stack.onService(({ service, state, cause }) => {
      emit({ type: 'note', message: `${service} is ${state}${cause ? `: it ${cause}` : ''}` });
      if (state === 'up') this.#retryAll();
    });
  }

  #retryAll(): void {
    for (const { loop } of this.#extensions) loop.retry();
  }

  #createExtension(
    { project, config, resolve }: ConfiguredProject,
    platform: Promise<Platform>,
    builders: Builders,
  ): RunningExtension {
    const { emit } = this.#events;
    const stage = new ExtensionStage(platform, emit, project, builders.handler);
    const artifacts = new ArtifactCache(builders, emit, stage, config.features);
    const lint = new LintWarnings(emit, stage.extension, config.features);
    const loop = new ExtensionLoop({
      directory: project.root,
      project,
      loadProject,
      packer: new BundlePacker(builders.packer, project.root),
      artifacts,
      lint,
      settings: new InstallSettings({
        extension: stage.extension,
        projectRoot: project.root,
        config,
        resolve,
        emit,
      }),
      stage,
      emit,
    });
    return { stage, loop };
  }

  async #carryOut(command: SessionCommand): Promise<void> {
    const named = 'extension' in command ? command.extension : undefined;
    const meant = this.#extensions.filter(({ stage }) => named === undefined || stage.extension === named);
    switch (command.type) {
      case 'rebuild':
        for (const { loop } of meant) loop.rebuild();
        return;
      case 'restartRunner':
        return this.#restartRunner();
      case 'previousVersion':
        await Promise.all(meant.map(({ loop }) => loop.previousVersion()));
        return;
      case 'useVersion':
        await Promise.all(meant.map(({ loop }) => loop.useVersion(command.contentHash)));
        return;
      case 'openPage':
        return this.#openPage(meant[0]?.stage.pageUrl());
      case 'doctor':
        return this.#doctor.checkups.run();
      case 'mend':
        return this.#doctor.mend();
      case 'quit':
        return this.stop('quit');
    }
  }

  async #restartRunner(): Promise<void> {
    const platform = await this.#platform;
    if (!platform) return;
    const began = performance.now();
    await platform.runner.restart();
    const ms = Math.round(performance.now() - began);
    this.#events.emit({ type: 'note', message: `runner restarted in ${ms} ms without losing a request` });
  }

  async #openPage(url: string | undefined): Promise<void> {
    if (url) await this.#options.openUrl(url);
  }

  async #stop(reason: string): Promise<void> {
    this.#events.leaving();
    this.#leaving.abort();
    try {
      // What is not done by then ends with this process: every child is tied to it.
      await within(this.#stopEverything(), STOP_PATIENCE_MS);
    } finally {
      this.#events.close({ type: 'stopped', reason });
    }
  }

  async #stopEverything(): Promise<void> {
    await this.#cleanup.run();
    await Promise.all(this.#extensions.map(({ loop }) => loop.stop()));
    const builders = Object.values(this.#builders ?? {});
    await Promise.all([
      ...builders.map((builder: Service) => builder.stop()),
      ...this.#extensions.map(({ stage }) => stage.close()),
      this.#platform?.then(
        (platform) => platform.close(),
        () => undefined,
      ),
    ]);
  }
}
