import type { ExecuteTimings } from '../executable.js';
import type { Instruments, MetricSources } from './instruments.js';

/**
 * What a runner counts. The instruments take a while to load, which no start waits for: what happens
 * before they are there is counted when they are.
 */
export class Metrics {
  #sources: MetricSources | undefined;
  #loading: Promise<Instruments> | undefined;
  #instruments: Instruments | undefined;
  #early: Array<(instruments: Instruments) => void> = [];

  requested(route: string, method: string, status: number, seconds: number): void {
    this.#count((instruments) => instruments.requested(route, method, status, seconds));
  }

  executed(ms: ExecuteTimings): void {
    this.#count((instruments) => instruments.executed(ms));
  }

  failed(code: string, reason: string): void {
    this.#count((instruments) => instruments.failed(code, reason));
  }

  validated(result: string): void {
    this.#count((instruments) => instruments.validated(result));
  }

  downloaded(bytes: number): void {
    this.#count((instruments) => instruments.downloaded(bytes));
  }

  /** Adds the values that live elsewhere; once, before anything is counted. */
  watch(sources: MetricSources): void {
    this.#sources = sources;
  }

  async render(): Promise<{ contentType: string; body: string }> {
    return await (await this.load()).render();
  }

  /** Loads the instruments, unless they are there or on their way. */
  load(): Promise<Instruments> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<Instruments> {
    const { Instruments } = await import('./instruments.js');
    const instruments = new Instruments();
    if (this.#sources !== undefined) instruments.watch(this.#sources);
    this.#instruments = instruments;
    for (const count of this.#early.splice(0)) count(instruments);
    return instruments;
  }

  #count(count: (instruments: Instruments) => void): void {
    if (this.#instruments !== undefined) {
      count(this.#instruments);
      return;
    }
    this.#early.push(count);
    void this.load();
  }
}
