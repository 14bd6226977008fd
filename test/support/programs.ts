import { findProgram, findWasmtimePython, wasmtimeRequirement } from '../../scripts/lib/programs.mjs';

/**
 * Absolute path of a system program, or undefined when this machine lacks it. Tests that need one
 * use `describe.skipIf(!program('chromium'))`; in strict mode (`ALGA_TEST_STRICT=1`) a missing
 * program throws instead, so that no check is skipped unseen.
 */
export function program(name: string): string | undefined {
  return unlessStrict(findProgram(name), name, '');
}

/** Absolute path of a Python with the pinned Wasmtime, likewise; `wasmtimeHint` says how to get it. */
export function wasmtimePython(): string | undefined {
  return unlessStrict(findWasmtimePython(), 'Wasmtime for Python', ` (${wasmtimeHint()})`);
}

/** The command that installs Wasmtime for tests. */
export function wasmtimeHint(): string {
  return `python3 -m pip install ${wasmtimeRequirement()}`;
}

function unlessStrict(found: string | undefined, name: string, hint: string): string | undefined {
  if (!found && process.env.ALGA_TEST_STRICT === '1') {
    throw new Error(`ALGA_TEST_STRICT=1 and ${name} is not installed${hint}`);
  }
  return found;
}
