import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { otherNode } from '../support/other-node.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { cleanEnv } from './support.js';

const ALGA = join(packageRoot(), 'bin', 'alga.mjs');
/** The last one below the floor, and one on which nothing of the tool can be read. */
const [BELOW, ANCIENT] = ['20.18.3', '18.20.8'];

describe('on a Node that is too old', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'dated');
  });
  afterAll(async () => {
    await project?.remove();
    await home?.remove();
  });

  const alga = async (version: string, ...args: string[]) => {
    const node = await otherNode(version);
    return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(node, [ALGA, ...args], { env: cleanEnv(home.home) }, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      });
    });
  };

  it('machine.node: it alone', async () => {
    const { code, stdout } = await alga(BELOW, 'doctor', project.root, '--json');
    const { findings } = JSON.parse(stdout) as { findings: { check: string; seen: string }[] };
    expect(findings).toMatchObject([{ check: 'machine.node', seen: `Node ${BELOW}` }]);
    expect(code).toBe(1);
  });

  it.each(['doctor', 'dev'])('alga %s names the Node that it needs', async (command) => {
    const { code, stdout, stderr } = await alga(ANCIENT, command, project.root);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`alga needs Node 20.19 or newer; this is v${ANCIENT}.`);
  });
});
