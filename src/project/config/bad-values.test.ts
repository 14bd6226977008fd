import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlgaError } from '../../core/errors/alga-error.js';
import { resolveConfig } from './resolve.js';
import { configSchema } from './schema.js';

const OBJECT = 'must be an object of settings';
const UNKNOWN = 'is not a setting that alga knows';
const PORT = 'must be a port number';
const OUTSIDE = 'must be a path inside the project, without ".."';
const COMMAND = 'must be a command line or a list of program and arguments';
const STACK = 'must be "embedded", "docker" or "external"';

/** A bad value below a setting, with what is said of it; `at` is the marked name, the last one when left out. */
type Row = [pointer: string, value: unknown, problem: string, at?: string];

const ROWS: readonly Row[] = [
  ['/$schema', 1, 'must be a text'],
  ['/build', ['x'], 'must be a text'],
  ['/stack', 'cloud', STACK],
  ['/stack', 1, STACK],
  ['/tenant', 'me', 'must be the UUID of a tenant'],
  ['/tenant', ' ', 'must not be blank'],
  ['/tenant', 1, 'must be a tenant id'],
  ...['/port', '/runnerPort'].flatMap((pointer): Row[] =>
    ['80', -1, 65_536, 1.5, null].map((value): Row => [pointer, value, PORT]),
  ),
  ['/open', 'yes', 'must be true or false'],
  ['/parity', 1, 'must be true or false'],
  ['/handler', 'src/handler.ts', OBJECT],
  ['/handler/entri', 'x', UNKNOWN],
  ...['/handler/entry', '/handler/wit', '/ui/root', '/ui/output'].flatMap((pointer): Row[] => [
    [pointer, 1, 'must be a path'],
    [pointer, ' ', 'must not be blank'],
    [pointer, '/etc', OUTSIDE],
    [pointer, 'a/../../b', OUTSIDE],
    [pointer, 'C:\\x', OUTSIDE],
  ]),
  ['/component', 'make', OBJECT],
  ['/component', {}, 'is required', 'component'],
  ['/component/build', 1, COMMAND],
  ['/component/build', ['make', 1], COMMAND],
  ['/component/build', [], 'must name a program'],
  ['/component/build', '', 'must not be blank'],
  ['/component/output', '/tmp/x.wasm', OUTSIDE],
  ['/component/output', 1, 'must be a path'],
  ['/component/watch', 'src', 'must be a list of paths'],
  ['/component/watch', ['..'], OUTSIDE, 'watch'],
  ['/component/out', 'x', UNKNOWN],
  ['/ui', [], OBJECT],
  ['/ui/build', {}, COMMAND],
  ['/ui/build', [], 'must name a program'],
  ['/ui/base', 'x', UNKNOWN],
  ['/settings', ['a'], 'must be an object of values'],
  ['/portt', 1, UNKNOWN],
];

/** What follows the pointer of a row in the message, for values inside of the one that is wrong. */
const INNER: Readonly<Record<string, string>> = {
  '/component {}': '/component/build',
  '/component/watch [".."]': '/component/watch/0',
};

/** A pointer to an item of a list, which has a place of its own. */
const ITEM = /\/0$/;
const itemOf = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value[0] : value);

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-values-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function refusal(name: string, text: string): Promise<AlgaError> {
  await writeFile(join(root, name), text);
  const thrown: unknown = await resolveConfig({ projectRoot: root, env: {} }).catch(
    (error: unknown) => error,
  );
  if (thrown instanceof AlgaError) return thrown;
  throw new Error(`nothing was refused: ${JSON.stringify(thrown)}`);
}

/** A configuration with the value, and whatever else it needs there to be complete. */
function configWith(pointer: string, value: unknown): Record<string, unknown> {
  const [first = '', second] = pointer.split('/').slice(1);
  if (second === undefined) return { open: true, [first]: value };
  const more = first === 'component' && second !== 'build' ? { build: 'make' } : {};
  return { open: true, [first]: { ...more, [second]: value } };
}

/** Line and column of the name in the text, counted from 1. */
function placeOf(text: string, name: string): { line: number; column: number } {
  const lines = text.split('\n');
  const line = lines.findIndex((candidate) => candidate.trimStart().startsWith(name));
  return { line: line + 1, column: (lines[line] ?? '').indexOf(name) + 1 };
}

describe.each(ROWS)('%s as %j', (pointer, value, problem, at) => {
  const shown = INNER[`${pointer} ${JSON.stringify(value)}`] ?? pointer;
  const name = at ?? pointer.slice(pointer.lastIndexOf('/') + 1);
  const json = JSON.stringify(configWith(pointer, value), null, 2);

  it('in alga.config.json is refused at its place', async () => {
    expect(await refusal('alga.config.json', json)).toMatchObject({
      code: 'CONFIG_INVALID',
      exitCode: 1,
      message: `alga.config.json: ${shown} ${problem}`,
      location: {
        file: 'alga.config.json',
        ...placeOf(json, ITEM.test(shown) ? itemOf(value) : JSON.stringify(name)),
      },
    });
  });

  it('in alga.config.ts is refused at its place', async () => {
    const text = `export default ${json.replace(/"(\w+)":/g, '$1:')};\n`;
    const quoted = text.includes(`"${name}":`) ? JSON.stringify(name) : name;
    expect(await refusal('alga.config.ts', text)).toMatchObject({
      code: 'CONFIG_INVALID',
      message: `alga.config.ts: ${shown} ${problem}`,
      location: { file: 'alga.config.ts', ...placeOf(text, ITEM.test(shown) ? itemOf(value) : quoted) },
    });
  });
});

it.each([
  ['[]', OBJECT],
  ['"x"', OBJECT],
  ['null', OBJECT],
])('a whole file that is %s', async (text, problem) => {
  expect(await refusal('alga.config.json', text)).toMatchObject({
    message: `alga.config.json: the configuration ${problem}`,
    location: { line: 1, column: 1 },
  });
});

it.each([
  ['{\n  "port": 1,\n}', 'a comma before "}" is not allowed', 2, 12],
  ['{\n  "port": 1', 'expected "," or "}", but the file ends here', 2, 12],
  ['{\n  "port"\n}', 'expected ":" after the property name', 3, 1],
  ['// why\n{}', 'comments are not allowed in JSON', 1, 1],
  ['', 'expected a value, but the file ends here', 1, 1],
])('JSON that is none: %j', async (text, problem, line, column) => {
  expect(await refusal('alga.config.json', text)).toMatchObject({
    code: 'CONFIG_SYNTAX',
    message: `alga.config.json is not valid JSON: ${problem}`,
    location: { line, column },
  });
});

it('a value of the install that JSON cannot hold', async () => {
  const text = 'export default {\n  settings: {\n    now: () => 1,\n  },\n};\n';
  expect(await refusal('alga.config.ts', text)).toMatchObject({
    message: 'alga.config.ts: /settings/now must be a JSON value',
    location: { line: 3, column: 5 },
  });
});

/** Modules with `80` as a port, marked by `^` in the line below it. */
const MODULES: ReadonlyArray<readonly [how: string, text: string]> = [
  [
    'the same name twice',
    "export default {\n  ui: { root: 'port' },\n  settings: { port: 1 },\n  port: '80',\n//^\n};",
  ],
  [
    'a name that stands twice in one object',
    "export default {\n  port: 1,\n  open: true,\n  port: '80',\n//^\n};",
  ],
  [
    'the name in a comment and a text',
    "// port: 1\nexport default { tenant: undefined, stack: 'embedded', // port:\n  port: '80',\n//^\n};",
  ],
  [
    'defineConfig',
    "import { defineConfig } from 'alga/config';\nconst settings = { port: 1 };\nexport default defineConfig({\n  settings,\n  port: '80',\n//^\n});",
  ],
  [
    'a constant',
    "const port = { port: 1 };\nconst config = {\n  settings: port,\n  port: '80',\n//^\n} as const;\nexport default config;",
  ],
  [
    'a function',
    "export default async () => {\n  const settings = { port: 1 };\n  return {\n    settings,\n    port: '80',\n//  ^\n  };\n};",
  ],
  [
    'what is spread',
    "const base = {\n  port: '80',\n//^\n};\nexport default { settings: { port: 1 }, ...base, open: true };",
  ],
  [
    'a quoted name behind wide letters',
    "export default {\n  /* \u{1f600}\u00e4 */ 'port': '80',\n//          ^\n};",
  ],
  ['shorthand', "const port = '80';\nexport default {\n  port,\n//^\n};"],
];

it.each(MODULES)('the place of a value in alga.config.ts: %s', async (_how, text) => {
  const lines = text.split('\n');
  const mark = lines.findIndex((line) => /^\/\/ *\^$/.test(line));
  const { location } = await refusal('alga.config.ts', text);
  expect(location).toMatchObject({ line: mark, column: (lines[mark]?.indexOf('^') ?? 0) + 1 });
});

it.each([
  ['computed names', "const name = 'port';\nexport default { [name]: '80' };\n"],
  ['another module', "import { port } from './port.js';\nexport default Object.assign({}, port);\n"],
])('no place where there is none: %s', async (_how, text) => {
  await writeFile(join(root, 'port.js'), "export const port = { port: '80' };\n");
  const refused = await refusal('alga.config.ts', text);
  expect(refused.message).toBe('alga.config.ts: /port must be a port number');
  expect(refused.location).toBeUndefined();
});

it('every setting that there is has a row', () => {
  const tested = new Set(ROWS.map(([pointer]) => pointer.split('/')[1]));
  expect(Object.keys(configSchema.shape).filter((setting) => !tested.has(setting))).toEqual([]);
});
