import type { ComparisonCase } from './comparison-cases.js';
import type { GuestRequest } from './component-runner.js';

const CASE_HEADER = 'x-case';

/**
 * Sources of one handler that holds the handlers of many cases, each a module of its own. A header says which one
 * answers, so that a runtime that is slow to compile compiles once for all of them.
 */
export function combinedSources(subjects: readonly ComparisonCase[]): Record<string, string> {
  const modules = subjects.map((subject, index) => [`src/cases/${index}.js`, subject.source] as const);
  const imports = subjects.map((_, index) => `import * as case${index} from './cases/${index}.js';`);
  const handler = `${imports.join('\n')}
const cases = [${subjects.map((_, index) => `case${index}`).join(', ')}];
export function handler(request) {
  const chosen = request.http.headers.find(({ name }) => name === '${CASE_HEADER}');
  return cases[chosen.value].handler(request);
}
`;
  return { ...Object.fromEntries(modules), 'src/handler.js': handler };
}

/** The same requests, to the case with that number in a combined handler. */
export function requestsOfCase(requests: readonly GuestRequest[], index: number): GuestRequest[] {
  return requests.map((request) => ({ ...request, headers: { [CASE_HEADER]: String(index) } }));
}
