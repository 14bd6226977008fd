import type { ErrorEvent, LiveEvent, SessionEvent, SessionUrls, StepEvent, StepName } from '../dev/events.js';

export type LogFilter = 'all' | 'build' | 'requests' | 'guest';
/** What the log can be narrowed to, in the order of the key. */
export const LOG_FILTERS: readonly LogFilter[] = ['all', 'build', 'requests', 'guest'];

/** A step of the current round of the pipeline. */
export interface StepView {
  readonly step: StepName;
  readonly state: 'running' | 'done' | 'failed';
  /** Start time in milliseconds of the epoch, for the running clock. */
  readonly since: number;
  readonly ms?: number;
  readonly detail?: string;
}

/** What the screen knows of one extension. */
export interface ExtensionView {
  readonly name: string;
  readonly version?: string;
  readonly tenantId?: string;
  readonly contentHash?: string;
  readonly urls?: SessionUrls;
  readonly lastLive?: Pick<LiveEvent, 'lane' | 'ms'>;
  readonly steps: readonly StepView[];
  readonly errors: readonly ErrorView[];
  /** The doctor has found what the key `f` mends. */
  readonly mendable?: boolean;
}

/** An error that is not over. */
export interface ErrorView {
  readonly event: ErrorEvent;
  /** Its step has started anew: the next error of that step takes its place. */
  readonly stale: boolean;
}

/** Everything the live part of the screen is drawn from. */
export interface ViewState {
  readonly extensions: readonly ExtensionView[];
  /** Steps that concern no single extension: starting the stack. */
  readonly shared: readonly StepView[];
  /** Errors that concern no single extension. */
  readonly errors: readonly ErrorView[];
  /** Name of the extension that keys act on; undefined means all. */
  readonly selected?: string;
  readonly filter: LogFilter;
  readonly help: boolean;
  readonly phase: 'running' | 'leaving' | 'gone';
}

export type ViewInput =
  | { readonly type: 'event'; readonly event: SessionEvent }
  | { readonly type: 'filter' }
  | { readonly type: 'help' }
  | { readonly type: 'select' }
  | { readonly type: 'leaving' }
  | { readonly type: 'gone' };

/** The state before the first event: a skeleton with the extensions that will come. */
export function initialState(extensions: readonly string[] = []): ViewState {
  return {
    extensions: extensions.map((name) => ({ name, steps: [], errors: [] })),
    shared: [],
    errors: [],
    filter: 'all',
    help: false,
    phase: 'running',
  };
}

/** The state after an input. Pure. */
export function reduce(state: ViewState, input: ViewInput): ViewState {
  switch (input.type) {
    case 'event':
      return afterEvent(state, input.event);
    case 'filter':
      return { ...state, filter: next(LOG_FILTERS, state.filter) };
    case 'help':
      return { ...state, help: !state.help };
    case 'select':
      return afterSelect(state);
    case 'leaving':
      return { ...state, phase: 'leaving', help: false };
    case 'gone':
      return { ...state, phase: 'gone' };
  }
}

/** Whether a clock on the screen is running. */
export function isBusy(state: ViewState): boolean {
  const all = [state.shared, ...state.extensions.map(({ steps }) => steps)].flat();
  return state.phase === 'leaving' || all.some((step) => step.state === 'running');
}

/** The kind of log line an event makes, for the filter. */
export function logKind(event: SessionEvent): Exclude<LogFilter, 'all'> {
  if (event.type === 'request') return 'requests';
  return event.type === 'guestLog' ? 'guest' : 'build';
}

function afterEvent(state: ViewState, event: SessionEvent): ViewState {
  switch (event.type) {
    case 'ready': {
      const { version, tenantId, contentHash, urls } = event;
      return withExtension(state, event.extension, (view) => ({
        ...view,
        version,
        tenantId,
        contentHash,
        urls,
      }));
    }
    case 'change':
      return withExtension(state, event.extension, (view) => ({ ...view, steps: [] }));
    case 'step':
      return event.extension === undefined
        ? { ...state, shared: withStep(state.shared, event), errors: afterStep(state.errors, event) }
        : withExtension(state, event.extension, (view) => ({
            ...view,
            steps: withStep(view.steps, event),
            errors: afterStep(view.errors, event),
          }));
    case 'live':
      return withExtension(state, event.extension, (view) => afterLive(view, event));
    case 'error':
      return event.extension === undefined
        ? { ...state, errors: withError(state.errors, event) }
        : withExtension(state, event.extension, (view) => ({
            ...view,
            errors: withError(view.errors, event),
          }));
    case 'stopped':
      return { ...state, phase: 'leaving' };
    case 'checkup':
      return withExtension(state, event.extension, (view) => ({
        ...view,
        mendable: event.mendable.length > 0,
      }));
    case 'warning':
    case 'request':
    case 'guestLog':
    case 'note':
      return state;
  }
}

function afterLive(view: ExtensionView, { lane, ms, contentHash, version }: LiveEvent): ExtensionView {
  const over = ({ event: { step } }: ErrorView) =>
    lane === 'published' || step === undefined || step === lane;
  return {
    ...view,
    errors: view.errors.filter((error) => !over(error)),
    ...(lane === 'published' && contentHash !== undefined ? { contentHash } : {}),
    ...(version === undefined ? {} : { version }),
    lastLive: { lane, ms },
  };
}

/** Errors of a step are over once it has passed, and may be replaced once it runs again. */
function afterStep(errors: readonly ErrorView[], { step, state }: StepEvent): readonly ErrorView[] {
  if (state === 'done') return errors.filter(({ event }) => event.step !== step);
  if (state !== 'started') return errors;
  return errors.map((error) => (error.event.step === step ? { ...error, stale: true } : error));
}

/** Adds an error; those of an earlier run of its step go. Type errors, which often follow from others, come last. */
function withError(errors: readonly ErrorView[], event: ErrorEvent): readonly ErrorView[] {
  const kept = errors.filter(
    (error) => !(error.event.step === event.step && (error.stale || event.step === undefined)),
  );
  const all = [...kept, { event, stale: false }];
  const isType = (error: ErrorView) => error.event.step === 'types';
  return [...all.filter((error) => !isType(error)), ...all.filter(isType)];
}

function withStep(steps: readonly StepView[], event: StepEvent): readonly StepView[] {
  const { step, state, ms, detail } = event;
  const before = steps.find((view) => view.step === step);
  const after: StepView = {
    step,
    state: state === 'done' || state === 'failed' ? state : 'running',
    since: state === 'progress' && before !== undefined ? before.since : Date.parse(event.at),
    ...(ms === undefined ? {} : { ms }),
    ...(detail === undefined ? {} : { detail }),
  };
  return before === undefined ? [...steps, after] : steps.map((view) => (view === before ? after : view));
}

function withExtension(
  state: ViewState,
  name: string,
  change: (view: ExtensionView) => ExtensionView,
): ViewState {
  const known = state.extensions.some((view) => view.name === name);
  const extensions = known ? state.extensions : [...state.extensions, { name, steps: [], errors: [] }];
  return { ...state, extensions: extensions.map((view) => (view.name === name ? change(view) : view)) };
}

/** None, then each extension in turn, then none again. */
function afterSelect(state: ViewState): ViewState {
  if (state.extensions.length < 2) return state;
  const { selected, ...rest } = state;
  const at = state.extensions.findIndex(({ name }) => name === selected);
  const chosen = state.extensions[at + 1]?.name;
  return chosen === undefined ? rest : { ...rest, selected: chosen };
}

function next<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] ?? value;
}
