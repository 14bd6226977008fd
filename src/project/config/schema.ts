import { z } from 'zod';
import { tenantIdSchema } from '../../core/ids.js';

const text = (what: string) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : `must be ${what}`) })
    .regex(/\S/, 'must not be blank');
/** Paths stay inside the project: a build that writes elsewhere could overwrite anything. */
const path = text('a path').regex(
  /^(?!\/|[A-Za-z]:)(?![\s\S]*\.\.)/,
  'must be a path inside the project, without ".."',
);
const yesNo = z.boolean({ error: 'must be true or false' });

const note = z.string({ error: 'must be a text' });
const portNumber = z
  .int({ error: 'must be a port number' })
  .min(0, 'must be a port number')
  .max(65_535, 'must be a port number');
const object = { error: 'must be an object of settings' };

/** A program and its arguments. A string is split at blanks; no shell is involved. */
const command = z.union([text('a command'), z.array(text('a string')).min(1, 'must name a program')], {
  error: (issue) =>
    issue.input === undefined ? 'is required' : 'must be a command line or a list of program and arguments',
});

const handler = z.strictObject(
  {
    entry: path.optional().describe('Module that exports `handler`.'),
    wit: path.optional().describe('WIT file to build with; the built-in definition when absent.'),
  },
  object,
);

const component = z.strictObject(
  {
    build: command.describe('Builds the component in any language; run in the project folder.'),
    output: path.default('dist/main.wasm').describe('The component that the command leaves.'),
    watch: z
      .array(path, { error: 'must be a list of paths' })
      .default(['src', 'wit'])
      .describe('Files and folders that are its inputs.'),
  },
  object,
);

const ui = z.strictObject(
  {
    root: path.optional().describe('Folder with index.html.'),
    build: command
      .optional()
      .describe('Builds the UI into `output`; without it Vite or plain files are used.'),
    output: path.optional().describe('Folder with the built index.html.'),
  },
  object,
);

/** What may stand in `alga.config.{json,js,ts}`. Every field is optional. */
export const configSchema = z.strictObject(
  {
    $schema: note.optional(),
    build: note.optional().describe('Written by the published templates; has no effect.'),
    stack: z
      .enum(['embedded', 'docker', 'external'], { error: 'must be "embedded", "docker" or "external"' })
      .optional()
      .describe('Which services `alga dev` stands on; this version has the embedded ones only.'),
    tenant: text('a tenant id')
      .refine((id) => tenantIdSchema.safeParse(id.trim()).success, 'must be the UUID of a tenant')
      .optional()
      .describe('Tenant to publish to, by id.'),
    port: portNumber
      .optional()
      .describe('Port of the host page; the next free one is taken when it is busy.'),
    runnerPort: portNumber
      .optional()
      .describe('Port of the runner; the next free one is taken when it is busy.'),
    open: yesNo.optional().describe('Open the page in the browser once it is ready.'),
    parity: yesNo
      .optional()
      .describe('Build components exactly as the product does: no clock, random or console.'),
    handler: handler.optional().describe('Where the handler is, when it is not found by itself.'),
    component: component.optional().describe('A build command for a component in any language.'),
    ui: ui.optional().describe('Where the UI is, when it is not found by itself.'),
    settings: z
      .record(z.string(), z.json(), { error: 'must be an object of values' })
      .optional()
      .describe('Configuration values of the install, as an administrator would enter them.'),
  },
  object,
);

/** The content of a configuration file. */
export type AlgaConfig = z.input<typeof configSchema>;
export type CheckedConfig = z.output<typeof configSchema>;

/** Gives the editor the type of a configuration; returns it unchanged. */
export function defineConfig(config: AlgaConfig): AlgaConfig {
  return config;
}
