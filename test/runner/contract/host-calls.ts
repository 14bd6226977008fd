import type { Answer, ReceivedCall } from '../capabilities-support.js';
import type { RequestOverrides } from '../engine-support.js';
import { subject } from './subject.js';

export type HostFunction = readonly [interfaceName: string, name: string];

/** What the guest got when the host answered as given. */
export async function answered(
  call: HostFunction,
  args: readonly unknown[],
  answer: Answer | 'hang' | 'reset',
  overrides: RequestOverrides,
): Promise<unknown> {
  subject.host.answer = () => answer;
  return await subject.hostCall(call, args, overrides);
}

export function bodyOf(call: ReceivedCall | undefined): unknown {
  return JSON.parse(call?.body ?? 'null');
}
