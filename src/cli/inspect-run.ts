import { type Inspection, inspectProject } from '../project/inspect/index.js';
import { type Paint, painter, wantsColor } from '../tui/text/paint.js';
import { safeLine } from '../tui/text/units.js';
import { diagnosticLines } from './render/findings.js';
import { jsonLine } from './render/json.js';

const LABEL_WIDTH = 14;

/** Runs `alga inspect`. */
export async function runInspect(options: {
  folder: string;
  parity?: boolean | undefined;
  json: boolean;
}): Promise<void> {
  const inspection = await inspectProject(options.folder, { parity: options.parity });
  const lines = options.json
    ? [jsonLine(inspection)]
    : inspectionLines(inspection, painter(wantsColor(process.stdout)));
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** An inspection for people: what was found, what runs, what is set, what to mind. */
export function inspectionLines(inspection: Inspection, paint: Paint): string[] {
  const { identity, summary, steps, config, warnings } = inspection;
  const title = `${paint('bold', safeLine(identity.name))} ${safeLine(identity.version)} by ${safeLine(identity.publisher)}`;
  return [
    title,
    safeLine(summary),
    '',
    ...found(inspection).map(([label, value]) => row(label, value, paint)),
    '',
    paint('bold', 'What a publish runs'),
    ...steps.flatMap(({ step, does, why }) => [
      row(step, does, paint),
      row('', paint('dim', safeLine(why)), paint),
    ]),
    '',
    paint('bold', 'Settings'),
    ...Object.entries(config.settings).map(([name, { value, from }]) =>
      row(name, `${value ?? 'found by itself'} ${paint('dim', `(${from})`)}`, paint),
    ),
    ...(config.secrets.length === 0 ? [] : [row('secrets', config.secrets.join(', '), paint)]),
    ...(warnings.length === 0 ? [] : ['', ...warnings.flatMap((warning) => diagnosticLines(warning, paint))]),
  ];
}

function found(inspection: Inspection): (readonly [string, string])[] {
  const { root, manifest, identity, handler, component, ui, packageManager, config } = inspection;
  return [
    ['folder', root],
    ['manifest', manifest],
    ['registry id', identity.registryId],
    ['capabilities', inspection.capabilities.join(', ') || 'none'],
    ['endpoints', inspection.endpoints.join(', ') || 'none'],
    ...(handler === undefined
      ? [['handler', component ?? 'none'] as const]
      : [
          ['handler', `${handler.entry} (${handler.why})`] as const,
          ['WIT', handler.wit ?? 'built-in'] as const,
          [
            'host',
            handler.hostInterfaces.map((name) => name.replace('alga:extension/', '')).join(', ') || 'none',
          ] as const,
          ['packages', handler.packages.join(', ') || 'none'] as const,
        ]),
    ['UI', ui === undefined ? 'none' : `${ui.root}/ (${ui.why})`],
    ['packages by', `${packageManager.name} (${packageManager.why ?? 'nothing says otherwise'})`],
    ['configuration', config.file ?? 'none'],
  ];
}

function row(label: string, value: string, paint: Paint): string {
  return `  ${paint('cyan', label.padEnd(LABEL_WIDTH))} ${value}`;
}
