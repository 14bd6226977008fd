import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheStats } from '../cache/bundle-cache.js';
import type { PumpStats } from '../debug/event-pump.js';
import type { EngineStats, ExecuteTimings } from '../executable.js';

/** Where the values come from that are read when somebody asks for them. */
export interface MetricSources {
  readonly engine: () => EngineStats;
  readonly cache: () => CacheStats;
  readonly uiCachedBytes: () => number;
  readonly debug: () => ReadonlyArray<PumpStats & { readonly sink: string }>;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counters and gauges of one runner, in a registry of its own. */
export class Instruments {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'route' | 'method' | 'status'>;
  readonly #phases: Histogram<'phase'>;
  readonly #errors: Counter<'code' | 'reason'>;
  readonly #validations: Counter<'result'>;
  readonly #downloaded: Counter;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'alga_runner_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the end of its answer.',
      labelNames: ['route', 'method', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.#phases = new Histogram({
      name: 'alga_runner_execute_phase_seconds',
      help: 'Parts of an answered execution: waiting for a worker, compiling, running.',
      labelNames: ['phase'],
      buckets: SECONDS,
      registers,
    });
    this.#errors = new Counter({
      name: 'alga_runner_errors_total',
      help: 'Executions the runner answered itself, by error code and reason.',
      labelNames: ['code', 'reason'],
      registers,
    });
    this.#validations = new Counter({
      name: 'alga_runner_registry_validations_total',
      help: 'Questions to the registry whether an install is valid, by answer.',
      labelNames: ['result'],
      registers,
    });
    this.#downloaded = new Counter({
      name: 'alga_runner_bundle_download_bytes_total',
      help: 'Bytes of bundles read from the object store.',
      registers,
    });
  }

  requested(route: string, method: string, status: number, seconds: number): void {
    this.#requests.observe({ route, method: knownMethod(method), status: String(status) }, seconds);
  }

  executed(ms: ExecuteTimings): void {
    this.#phases.observe({ phase: 'queue' }, ms.queue / 1000);
    this.#phases.observe({ phase: 'prepare' }, ms.prepare / 1000);
    this.#phases.observe({ phase: 'run' }, ms.run / 1000);
  }

  failed(code: string, reason: string): void {
    this.#errors.inc({ code, reason });
  }

  validated(result: string): void {
    this.#validations.inc({ result });
  }

  downloaded(bytes: number): void {
    this.#downloaded.inc(bytes);
  }

  /** Adds the values that live elsewhere. */
  watch(sources: MetricSources): void {
    this.#watchEngine(sources.engine);
    this.#watchCache(sources.cache);
    this.#gauge('ui_memory_bytes', 'UI files held in memory.', sources.uiCachedBytes);
    this.#labelled('debug_events_sent_total', 'Debug events delivered.', 'sink', () =>
      sources.debug().map((pump) => [pump.sink, pump.sent]),
    );
    this.#labelled(
      'debug_events_dropped_total',
      'Debug events dropped because a sink was slow or down.',
      'sink',
      () => sources.debug().map((pump) => [pump.sink, pump.dropped]),
    );
  }

  async render(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #watchEngine(engine: () => EngineStats): void {
    this.#gauge('workers', 'Worker threads alive.', () => engine().workers);
    this.#gauge('executions_running', 'Executions under way.', () => engine().running);
    this.#gauge('executions_queued', 'Executions waiting for a worker.', () => engine().queued);
    this.#gauge('compiled_components', 'Compiled components held.', () => engine().compiled);
    this.#gauge('compiled_bytes', 'Memory reckoned for compiled components.', () => engine().compiledBytes);
    this.#counter('instances_created_total', 'Guest instances made.', () => engine().instancesCreated);
    this.#counter('workers_replaced_total', 'Workers ended and replaced.', () => engine().workersReplaced);
    this.#counter('compile_hits_total', 'Calls whose component was compiled.', () => engine().compileHits);
    this.#counter('compile_misses_total', 'Calls that had to compile.', () => engine().compileMisses);
    this.#labelled('egress_bytes_total', 'Bytes guests exchanged with other hosts.', 'direction', () => [
      ['sent', engine().egressBytesSent],
      ['received', engine().egressBytesReceived],
    ]);
  }

  #watchCache(cache: () => CacheStats): void {
    this.#gauge('cache_bytes', 'Unpacked bundles on disk.', () => cache().bytes);
    this.#gauge('cache_bundles', 'Bundles on disk.', () => cache().bundles);
    this.#counter('cache_hits_total', 'Bundles found in the cache.', () => cache().hits);
    this.#counter('cache_misses_total', 'Bundles that had to be fetched.', () => cache().misses);
    this.#counter(
      'cache_evictions_total',
      'Bundles removed to stay under the bound.',
      () => cache().evictions,
    );
    this.#labelled('bundle_failures_total', 'Bundles that could not be had, by cause.', 'fault', () =>
      Object.entries(cache().failures),
    );
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `alga_runner_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    new Counter({
      name: `alga_runner_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #labelled<L extends string>(
    name: string,
    help: string,
    label: L,
    read: () => Iterable<readonly [string, number]>,
  ) {
    new Counter<string>({
      name: `alga_runner_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  }
}

/** Label values must be few: methods nobody serves are one. */
function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
}
