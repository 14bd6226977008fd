import { z } from 'zod';

/** The methods that an endpoint may declare. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'] as const;

/** Matches `words` in any case, written without a flag so that it survives in JSON Schema. */
function anyCase(words: readonly string[]): RegExp {
  const word = (text: string) => [...text].map((c) => `[${c}${c.toLowerCase()}]`).join('');
  return new RegExp(`^(?:${words.map(word).join('|')})$`);
}

const NO_DOT_DOT = /^(?![\s\S]*\.\.)/;
const VERSION = /^\s*(?:\d+\.\d+\.\d+(?:-[A-Za-z0-9.-]+)?(?:\+[A-Za-z0-9.-]+)?|\d+\.\d+\.\*)\s*$/;

const wrongType = (what: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? 'is required' : `must be ${what}`;

const text = () => z.string({ error: wrongType('a string') }).regex(/\S/, 'must not be blank');
const list = <T extends z.ZodType>(item: T) => z.array(item, { error: wrongType('an array') });

const hook = z.looseObject(
  { label: text().describe('Text of the menu entry.') },
  { error: wrongType('an object with a label') },
);

const hooks = z.looseObject(
  {
    appMenu: hook.optional().describe("Entry in the app's sidebar."),
    clientPortalMenu: hook.optional().describe("Entry in the client portal's menu."),
  },
  { error: wrongType('an object') },
);

const ui = z.looseObject(
  {
    type: z.literal('iframe', { error: wrongType('"iframe"') }),
    entry: text()
      .regex(NO_DOT_DOT, 'must not contain ".."')
      .describe('Always `ui/index.html`: the product serves that file whatever stands here.'),
    hooks: hooks.optional(),
  },
  { error: wrongType('an object') },
);

const endpoint = z.looseObject(
  {
    method: z
      .string({ error: wrongType('a string') })
      .regex(anyCase(METHODS), `must be one of ${METHODS.join(', ')}`),
    path: text().regex(/^\S*$/, 'must not contain whitespace').regex(NO_DOT_DOT, 'must not contain ".."'),
    handler: text().regex(NO_DOT_DOT, 'must not contain ".."').describe('Kept, but not used to route.'),
  },
  { error: wrongType('an object with method, path and handler') },
);

const api = z.looseObject({ endpoints: list(endpoint) }, { error: wrongType('an object with endpoints') });

/**
 * Manifest v2 with exactly the rules by which the product accepts a publish. Unknown top-level keys
 * pass here; the caller warns about them. Where a rule allows several forms (trimmed version, any
 * case of a method), the schema accepts them all and `normal-form.ts` makes one of them.
 */
export const manifestSchema = z.looseObject(
  {
    name: text().describe('Unique name of the extension, in reverse domain form: com.example.my-extension.'),
    publisher: text().optional().describe('Who publishes it; needed for a first publish.'),
    version: z
      .string({ error: wrongType('a string') })
      .regex(VERSION, 'must be a version like 1.2.3, 1.2.3-beta.1 or 1.2.*'),
    runtime: z
      .string({ error: wrongType('a string') })
      .regex(/[@-]/, 'must name a runtime and its version, like wasm-js@1'),
    capabilities: list(text())
      .optional()
      .describe('Host interfaces the handler may call, like cap:storage.kv.'),
    ui: ui.optional(),
    api: api.optional(),
    assets: list(text()).optional().describe('Not used by the product.'),
    precompiled: z
      .record(z.string(), text(), { error: wrongType('an object of strings') })
      .optional()
      .describe('Not used by the product.'),
  },
  { error: wrongType('an object') },
);

export type ManifestSource = z.infer<typeof manifestSchema>;

/** Top-level keys the product knows; it refuses to publish a manifest with any other. */
export const KNOWN_KEYS: readonly string[] = Object.keys(manifestSchema.shape);
