import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.js';

const credentialsSchema = z.object({
  databasePassword: z.string().min(16),
  accessKey: z.string().min(8),
  secretKey: z.string().min(16),
});

/** Secrets of one stack folder: random, made once, readable by their owner only. */
export type StackCredentials = z.infer<typeof credentialsSchema>;

/** Reads the credentials, making them the first time. Only the holder of the stack's lock may call this. */
export async function ensureCredentials(path: string): Promise<StackCredentials> {
  const known = await readCredentials(path);
  if (known !== undefined) return known;
  const made = {
    databasePassword: randomBytes(24).toString('base64url'),
    accessKey: randomBytes(10).toString('hex'),
    secretKey: randomBytes(30).toString('base64url'),
  };
  await writeJsonFile(path, made);
  return made;
}

/** The credentials, when they have been made already. */
export function readCredentials(path: string): Promise<StackCredentials | undefined> {
  return readJsonFile(path, credentialsSchema);
}

const port = z.number().int().min(1).max(65_535);
const portsSchema = z.object({
  database: port.optional(),
  store: port.optional(),
  console: port.optional(),
});

/** Ports the stack had last: taken again when they are free, so that addresses stay. */
export type StackPorts = z.infer<typeof portsSchema>;

/** A damaged file of ports is no reason not to start. */
export async function readPorts(path: string): Promise<StackPorts> {
  return (await readJsonFile(path, portsSchema).catch(() => undefined)) ?? {};
}

/** Remembers the ports for the next start. */
export async function writePorts(path: string, ports: StackPorts): Promise<void> {
  await writeJsonFile(path, ports);
}

/** The product's own development ports. */
export const PRODUCT_PORTS = { database: 5436, store: 4569, console: 4570 } as const;

/** Ports in the order in which they are tried: the last one used, then the product's. */
export function portWishes(name: keyof typeof PRODUCT_PORTS, last: StackPorts): number[] {
  const remembered = last[name];
  const product = PRODUCT_PORTS[name];
  return remembered === undefined || remembered === product ? [product] : [remembered, product];
}
