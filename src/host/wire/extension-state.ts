import type { ChannelMessage, ExtensionState } from './messages.js';

/** A message before it is stamped with the time, as far as states depend on it. */
type Unstamped<M> = M extends unknown ? Omit<M, 'at'> & { readonly at?: string } : never;

/** Name in place of a step for what the page itself throws: no step settles that. */
export const THROWN_STEP = 'page';

/** Errors of these steps are settled when new code of the lane is live. */
const SETTLED_BY_LANE: Readonly<Record<string, readonly string[]>> = {
  ui: ['ui'],
  handler: ['component', 'types'],
};

/**
 * What a message changes about an extension. Server and page both follow the same rules, so that a
 * page which opens later shows the same as one that was open all the time.
 */
export function changeOf(
  extension: ExtensionState,
  message: Unstamped<ChannelMessage>,
): Partial<ExtensionState> {
  const without = (gone: (step: string) => boolean): Partial<ExtensionState> => ({
    errors: extension.errors.filter(({ step }) => !gone(step)),
  });
  switch (message.type) {
    case 'published':
      return { served: message.served };
    case 'error': {
      const step = message.step ?? '';
      const others = extension.errors.filter((shown) => shown.step !== step);
      return { errors: [...others, { step, error: message.error }] };
    }
    case 'cleared':
      return without((step) => message.step === undefined || step === message.step);
    case 'step':
      return message.state === 'done' ? without((step) => step === message.step) : {};
    case 'live': {
      const settled = SETTLED_BY_LANE[message.lane] ?? [];
      const live = { lane: message.lane, ms: message.ms, at: message.at ?? new Date().toISOString() };
      return {
        live,
        ...without(
          (step) => (message.lane === 'published' && step !== THROWN_STEP) || settled.includes(step),
        ),
      };
    }
    default:
      return {};
  }
}

/** How the extensions stand after a message of the channel. */
export function afterMessage(
  extensions: readonly ExtensionState[],
  message: ChannelMessage,
): readonly ExtensionState[] {
  if (message.type === 'hello' || message.type === 'menu') return message.extensions;
  return extensions.map((extension) => {
    const meant = message.registryId === undefined || message.registryId === extension.registryId;
    return meant ? { ...extension, ...changeOf(extension, message) } : extension;
  });
}
