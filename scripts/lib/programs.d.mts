export function findProgram(name: string): string | undefined;
export function wasmtimeRequirement(): string;
export function findWasmtimePython(): string | undefined;
