// What a person waits for before anything else: the help, and the first picture of the terminal app.
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, say } from '../../scripts/lib/commands.mjs';
import { findProgram } from '../../scripts/lib/programs.mjs';
import { temporaryHome } from '../lib/home.mjs';
import { fullProject } from '../lib/projects.mjs';
import { repeat } from '../lib/statistics.mjs';

const ALGA = join(root, 'bin', 'alga.mjs');

export async function measureCommand(runs) {
  const help = await repeat(
    runs,
    timed(() => promisify(execFile)(process.execPath, [ALGA, '--help'])),
    1,
  );
  return { 'alga --help': help, ...(await firstFrames(runs)) };
}

/** Needs a terminal, which `script` of util-linux gives. */
async function firstFrames(runs) {
  if (!findProgram('script')) {
    say('without the program script the first frame is not measured (apt-get install bsdutils)');
    return {};
  }
  const home = await temporaryHome();
  const project = await fullProject('frame');
  try {
    return { 'alga dev: first frame': await repeat(runs, () => firstFrame(project.folder, home.folder), 1) };
  } finally {
    await project.remove();
    await home.remove();
  }
}

async function firstFrame(folder, home) {
  const began = performance.now();
  const command = `'${process.execPath}' '${ALGA}' dev '${folder}'`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...process.env, ALGA_HOME: home, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let text = '';
  const shown = new Promise((resolve) => {
    child.stdout.on('data', (data) => {
      text += data;
      if (text.includes('alga')) resolve(performance.now() - began);
    });
  });
  const ms = await Promise.race([
    shown,
    ended.then(() => Promise.reject(new Error('alga dev showed nothing'))),
  ]);
  child.stdin.write('q');
  await ended;
  return ms;
}

const timed = (work) => async () => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
