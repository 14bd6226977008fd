import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../core/entry.js';
import { algaCommand } from './commands.js';

const root = packageRoot();
const program = algaCommand();
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The files below a folder whose names end so, tests left out. */
function filesBelow(folder: string, endings: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => endings.test(name) && !/\.test\.|node_modules/.test(name))
    .map((name) => join(folder, name));
}

/** The commands that help tells of, one level down. */
function shownBelow(command: Command): Command[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.filter((below) => below.name() !== 'help');
}

/** A command and all below it, each by its whole name. */
function withAllBelow(command: Command, name: string): { name: string; command: Command }[] {
  const below = shownBelow(command).flatMap((sub) => withAllBelow(sub, `${name} ${sub.name()}`));
  return [{ name, command }, ...below];
}

function section({ name, command }: { name: string; command: Command }): string[] {
  const help = command.createHelp();
  const rows = [
    ...help.visibleArguments(command).map((item) => [item.name(), help.argumentDescription(item)]),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((item) => [item.flags, help.optionDescription(item)]),
  ];
  const usage = help.commandUsage(command);
  return [
    `## ${name}`,
    '',
    `\`${usage}\`: ${help.commandDescription(command)}.`,
    '',
    ...(rows.length === 0 ? [] : ['| | |', '| --- | --- |']),
    ...rows.map(([what, text]) => `| \`${what}\` | ${text?.replaceAll('|', '\\|')} |`),
    ...(rows.length === 0 ? [] : ['']),
  ];
}

const INTRODUCTION = [
  '# Commands',
  '',
  '<!-- Made from src/cli: after a change run `npx vitest run src/cli/commands.test.ts -u`. -->',
  '',
  'Every command also takes `--help`, `--json` and `--verbose`, before its name or behind it.',
  '',
];

/** Commands in a text, `alga <name> ...` up to the end of the code, sentence or line they stand in. */
const MENTION = /(`|: )?\balga ([a-z]+)((?: [^\s`'"]+)*)/g;

/** What a text says of commands that is not so. Outside of code, words behind the tool's name may be a sentence. */
function flaws(path: string): string[] {
  return [...textOf(path).matchAll(MENTION)].flatMap(([mention, code, first = '', rest = '']) => {
    const [sentence = ''] = rest.split(/[.:,;)](?:\s|$)|\$\{| (?:and|or) /);
    const words = sentence.split(' ').filter((word) => word !== '');
    const command = program.commands.find((candidate) => candidate.name() === first);
    if (command === undefined) return code === undefined ? [] : [`${path}: ${mention}`];
    const below = command.commands.find((candidate) => words[0]?.split('|').includes(candidate.name()));
    const known = [command, below ?? command, program].flatMap(({ options }) => options);
    return words
      .filter((word) => /^--?[a-z]/.test(word) && word !== '--help')
      .filter((flag) => !known.some(({ long, short }) => flag === long || flag === short))
      .map((flag) => `${path}: ${mention} (${flag})`);
  });
}

describe('the commands', () => {
  it('are described in full (run this file with -u after a change)', async () => {
    const lines = withAllBelow(program, 'alga').slice(1).flatMap(section);
    const table = `${[...INTRODUCTION, ...lines].join('\n').trimEnd()}\n`;
    await expect(table).toMatchFileSnapshot(join(root, 'docs', 'commands.md'));
  });

  it('stand in the README, each of them', () => {
    const readme = textOf('README.md');
    const missing = shownBelow(program).map((command) => `alga ${command.name()}`);
    expect(missing.filter((name) => !readme.includes(`\`${name}`))).toEqual([]);
  });

  it('show the shared options in their help, each once', () => {
    for (const { name, command } of withAllBelow(program, 'alga')) {
      const text = command.helpInformation();
      expect([name, text.match(/^ {2}--json /gm)?.length]).toEqual([name, 1]);
      expect([name, text.match(/^ {2}--verbose /gm)?.length]).toEqual([name, 1]);
    }
  });

  it.each([
    [['validate', '--schema', 'nothing'], 'manifest or config', 'alga validate --help'],
    [['add', 'ui', '--template', 'nothing'], 'ui-static or ui-react', 'alga add ui --help'],
    [['logs', '--lines', 'nothing'], 'a count', 'alga logs --help'],
    [['call', 'FETCH', '/x'], 'GET', 'alga call --help'],
  ])('say what a flag takes: %j', async (words, expected, help) => {
    await expect(algaCommand().parseAsync(words, { from: 'user' })).rejects.toMatchObject({
      code: 'CLI_OPTION_INVALID',
      exitCode: 2,
      message: expect.stringContaining(expected),
      hint: expect.stringContaining(help),
    });
  });

  it('are there with their flags wherever a hint, a message or a document names one', () => {
    const files = [
      ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docker-compose.dev.yml', 'bench/README.md'],
      ...filesBelow('docs', /\.md$/),
      ...filesBelow('src', /\.tsx?$/),
      ...filesBelow('templates', /\.(?:md|ts|tsx|js)$/),
    ];
    expect(files.flatMap(flaws)).toEqual([]);
  });
});
