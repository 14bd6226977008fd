import type { HandlerFeatures } from '../../../src/build/handler/index.js';
import type { GuestRequest } from './component-runner.js';

/** A handler whose component must behave the same however it was built. */
export interface ComparisonCase {
  readonly name: string;
  readonly source: string;
  readonly features?: HandlerFeatures;
  /** Answers differ between runs by nature (clock, random): only their form is compared. */
  readonly varies?: boolean;
  /** The official tools build it in every run, and the two components are compared section by section. */
  readonly live?: boolean;
  /** Takes long to load, or much memory: it is not combined with others in one component. */
  readonly heavy?: boolean;
  /** jco's shim of the streams lets it trap, however it was built: only the runner tells. */
  readonly runnerOnly?: boolean;
}

const GET: GuestRequest = { method: 'GET', url: '/x?a=1' };
/** Three requests to one instance, so that what the first leaves behind shows in the next. */
export const REQUESTS: readonly GuestRequest[] = [GET, { method: 'POST', url: '/y', body: 'bödy €' }, GET];

const reply = (value: string, prelude = '', asynchronous = true): string => `${prelude}
export ${asynchronous ? 'async ' : ''}function handler(request) {
  return { status: 200, headers: [{ name: 'x-n', value: '1' }], body: new TextEncoder().encode(String(${value})) };
}
`;

const called = (module: string, names: string, value: string): string =>
  reply(
    `JSON.stringify(${value}, (k, v) => typeof v === 'bigint' ? v + 'n' : v)`,
    `import ${names} from 'alga:extension/${module}';
const attempt = (work) => { try { return work() ?? 'nothing'; } catch (error) { return 'refused ' + error.payload; } };
const text = (bytes) => new TextDecoder().decode(bytes);`,
  );

const bigSource = (): string => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `  "line ${index} of a table with some text",`);
  return reply('table.length + table[19999]', `const table = [\n${lines.join('\n')}\n];`);
};

export const COMPARISON_CASES: readonly ComparisonCase[] = [
  { name: 'synchronous', source: reply('request.http.url', '', false) },
  {
    name: 'async with several awaits',
    live: true,
    source: reply(
      'await later(1) + await later(2)',
      'const later = async (n) => { await null; return n * 10; };',
    ),
  },
  {
    name: 'promise chains',
    source: reply('await Promise.all([1, 2, 3].map(async (n) => n * 2)).then((all) => all.join())'),
  },
  {
    name: 'top-level await',
    source: reply('loaded', "const loaded = await Promise.resolve('ready').then((text) => text + '!');"),
  },
  { name: 'state that lives across requests', source: reply('++count', 'let count = 100;') },
  {
    name: 'echo of the body',
    source: reply("request.http.body ? new TextDecoder().decode(request.http.body) : 'none'"),
  },
  { name: '1 MB of source', heavy: true, source: bigSource() },
  {
    name: 'big heap at load',
    heavy: true,
    source: reply(
      'all.size + all.get(99999).join()',
      'const all = new Map(); for (let i = 0; i < 200000; i++) all.set(i, [i, String(i)]);',
    ),
  },
  { name: 'growth while answering', source: reply('new Uint8Array(24e6).fill(7).length') },
  {
    name: 'deep recursion',
    source: reply('depth(4000)', 'const depth = (n) => n === 0 ? 0 : 1 + depth(n - 1);'),
  },
  {
    name: 'recursion without end',
    source: reply(
      'attempt()',
      'const forever = () => 1 + forever(); const attempt = () => { try { return forever(); } catch (error) { return error.name + ": " + error.message; } };',
    ),
  },
  {
    name: 'classes, generators and iterators',
    source: reply(
      "[...new Walk(3)].join('-')",
      'class Walk { #n; constructor(n) { this.#n = n; } *[Symbol.iterator]() { for (let i = 0; i < this.#n; i++) yield i * i; } }',
    ),
  },
  {
    name: 'weak references and symbols',
    source: reply(
      'map.get(key) + String(Symbol.for("a")) + ref.deref().v',
      'const key = { v: 5 }; const map = new WeakMap([[key, 1]]); const ref = new WeakRef(key);',
    ),
  },
  {
    name: 'regular expressions and text',
    source: reply(
      `"Äpfel, Öl".replace(/(\\w+)$/u, (m) => m.toUpperCase()) + /(?<y>\\d{4})/.exec("in 2026").groups.y`,
    ),
  },
  {
    name: 'dates and numbers',
    source: reply(
      'new Date(Date.UTC(2026, 1, 29)).toISOString() + (0.1 + 0.2) + 2n ** 64n + (1e21).toLocaleString()',
    ),
  },
  {
    name: 'web interfaces',
    source: reply(
      "new URL('/p?q=1#h', 'https://a.example').searchParams.get('q') + btoa('x') + structuredClone({ a: [1] }).a[0]",
    ),
  },
  {
    name: 'JSON of a nested value',
    source: reply(
      'JSON.stringify(JSON.parse(text).list.map((x) => x ** 2))',
      'const text = JSON.stringify({ list: Array.from({ length: 50 }, (_, i) => i) });',
    ),
  },
  {
    name: 'typed arrays',
    source: reply(
      'view.getFloat64(0) + bytes.reduce((a, b) => a + b, 0)',
      'const bytes = new Uint8Array(64).fill(3); const view = new DataView(new ArrayBuffer(8)); view.setFloat64(0, Math.PI);',
    ),
  },
  {
    name: 'an error that is caught',
    source: reply(
      'describe()',
      'const describe = () => { try { null.x; } catch (error) { return error.name + error.message + error.stack; } };',
    ),
  },
  { name: 'an exception', source: 'export function handler() { throw new Error("no"); }' },
  {
    name: 'a rejected promise',
    source: 'export async function handler() { await null; throw new TypeError("no"); }',
  },
  { name: 'a wrong answer', source: 'export function handler() { return { status: "x" }; }' },
  {
    name: 'an answer without a body',
    source: 'export function handler() { return { status: 70000, headers: [] }; }',
  },
  {
    name: 'a promise that never settles',
    source: 'export function handler() { return new Promise(() => {}); }',
  },
  {
    name: 'context and logging',
    source: reply(
      'JSON.stringify(getContext())',
      "import { getContext } from 'alga:extension/context';\nimport { logInfo, logWarn, logError } from 'alga:extension/logging';\nconst say = () => { logInfo('ä'); logWarn('b'); logError('c'); };",
    ).replace('return {', 'say(); return {'),
  },
  {
    name: 'secrets',
    source: called(
      'secrets',
      '{ get, listKeys }',
      "[attempt(() => get('TOKEN')), attempt(() => get('none')), listKeys()]",
    ),
  },
  {
    name: 'http',
    source: called(
      'http',
      '{ fetch as ask }',
      "[attempt(() => { const r = ask({ method: 'GET', url: 'https://a.example/', headers: [] }); return [r.status, r.headers, text(r.body)]; }), attempt(() => ask({ method: 'PUT', url: 'ftp://b', headers: [], body: new Uint8Array([1]) }))]",
    ),
  },
  {
    name: 'storage',
    source: called(
      'storage',
      '* as storage',
      "[attempt(() => storage.get('n', 'k').revision), attempt(() => storage.get('n', 'gone')), attempt(() => storage.put({ namespace: 'n', key: 'k', value: new Uint8Array([65]), revision: 7n }).revision), attempt(() => storage.delete('n', 'k')), attempt(() => storage.delete('n', 'locked')), attempt(() => storage.listEntries('n', undefined).length)]",
    ),
  },
  {
    name: 'ui-proxy',
    source: called(
      'ui-proxy',
      '{ callRoute }',
      "[attempt(() => text(callRoute('/r', undefined))), attempt(() => text(callRoute('/s', new Uint8Array([123, 125]))))]",
    ),
  },
  { name: 'user', source: called('user', '{ getUser }', 'attempt(() => getUser())') },
  { name: 'user-v2', source: called('user-v2', '{ getUser }', 'attempt(() => getUser())') },
  {
    name: 'scheduler',
    source: called(
      'scheduler',
      '* as s',
      "[attempt(() => s.listSchedules()), attempt(() => s.getSchedule('1')), attempt(() => s.createSchedule({ endpoint: '/a', cron: '* * * * *' })), attempt(() => s.updateSchedule('1', { cron: 'x' })), attempt(() => s.deleteSchedule('1')), attempt(() => s.getEndpoints())]",
    ),
  },
  {
    name: 'invoicing',
    source: called(
      'invoicing',
      '{ createManualInvoice as create }',
      "attempt(() => create({ clientId: 'c', items: [{ serviceId: 's', quantity: 1.5, description: 'd', rate: 2, discountType: 'fixed' }] }))",
    ),
  },
  {
    name: 'clients and services',
    source: called(
      'clients',
      '* as clients',
      "[attempt(() => clients.listClients({ page: 2, search: 'ä' })), attempt(() => clients.getClient('1'))]",
    ),
  },
  {
    name: 'services',
    source: called(
      'services',
      '* as services',
      "[attempt(() => services.listServices({ itemKind: 'service' })), attempt(() => services.getService('1'))]",
    ),
  },
  {
    name: 'console',
    runnerOnly: true,
    source: reply(
      "'said'",
      "const say = () => { console.log('to the console'); console.error('and to the other'); };",
    ).replace('return {', 'say(); return {'),
  },
  {
    name: 'clock',
    varies: true,
    source: reply('Date.now() + " " + new Date().toISOString() + " " + performance.now()'),
  },
  {
    name: 'random',
    varies: true,
    source: reply(
      "Math.random() + ' ' + crypto.randomUUID() + ' ' + crypto.getRandomValues(new Uint8Array(3)).join()",
    ),
  },
  {
    name: 'timers',
    source: reply(
      'await rest()',
      "const rest = () => new Promise((wake) => setTimeout(() => wake('woke'), 5));",
    ),
  },
  {
    name: 'parity: text and host calls',
    live: true,
    features: 'parity',
    source: called('secrets', '{ get }', "[attempt(() => get('TOKEN')), new URL('https://a/b').pathname]"),
  },
  {
    name: 'parity: fixed random',
    features: 'parity',
    source: reply("Math.random() + ' ' + Math.random() + ' ' + crypto.randomUUID()"),
  },
  {
    name: 'parity: frozen clock',
    features: 'parity',
    varies: true,
    source: reply('Date.now() === Date.now()'),
  },
  {
    name: 'parity: console goes nowhere',
    features: 'parity',
    source: reply("'said'", "const say = () => console.log('unheard');").replace(
      'return {',
      'say(); return {',
    ),
  },
  { name: 'parity: performance.now', features: 'parity', source: reply('performance.now()') },
  {
    name: 'parity: timers',
    features: 'parity',
    source: reply(
      'await rest()',
      "const rest = () => new Promise((wake) => setTimeout(() => wake('woke'), 5));",
    ),
  },
];
