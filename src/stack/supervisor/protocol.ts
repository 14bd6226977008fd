import { z } from 'zod';
import { AlgaError } from '../../core/errors/alga-error.js';
import { catalogue, type ErrorCode } from '../../core/errors/catalogue.js';

/** Raised when a message changes its meaning; both sides must have the same. */
export const PROTOCOL_VERSION = 1;

const text = z.string().max(4_000);
const service = z.enum(['database', 'store']);

const errorSchema = z.object({
  code: text.refine((code): code is ErrorCode => Object.hasOwn(catalogue, code)),
  message: text,
  hint: text,
  exitCode: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(70)]),
});

const endpointsSchema = z.object({
  connectionString: text,
  store: z.object({ endpoint: text, accessKey: text, secretKey: text, region: text, bucket: text }),
});

/** Addresses and secrets a session needs; they only travel over the private socket. */
export type Endpoints = z.infer<typeof endpointsSchema>;

const statusSchema = z.object({
  type: z.literal('status'),
  pid: z.number().int(),
  sessions: z.array(z.number().int()),
  services: z.array(
    z.object({
      name: service,
      state: z.enum(['starting', 'up', 'down', 'lost']),
      port: z.number().int().optional(),
      pid: z.number().int().optional(),
    }),
  ),
});

/** First message of a client. A `session` holds the stack up; a `control` only asks. */
const helloSchema = z.object({
  type: z.literal('hello'),
  protocol: z.number().int(),
  /** From the address file, which only the owner of the stack can read. */
  token: text,
  role: z.enum(['session', 'control']),
  pid: z.number().int().positive(),
});

/** What a session, or `alga stack`, tells the supervisor. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  /** A session is done. Its connection is closed in answer: at once, or, for the last one, at the end. */
  z.object({ type: z.literal('bye') }),
  z.object({ type: z.literal('status') }),
  z.object({ type: z.literal('stop'), force: z.boolean() }),
]);

/** What the supervisor tells them. */
export const supervisorMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome') }),
  z.object({ type: z.literal('progress'), text }),
  z.object({ type: z.literal('ready'), endpoints: endpointsSchema }),
  z.object({ type: z.literal('failed'), error: errorSchema }),
  z.object({
    type: z.literal('service'),
    service,
    state: z.enum(['down', 'up', 'lost']),
    cause: text,
    log: text,
  }),
  /** The supervisor is ending; whoever wants a stack waits for the end of the connection and starts one. */
  z.object({ type: z.literal('closing'), reason: text, final: z.boolean() }),
  z.object({ type: z.literal('refused'), sessions: z.array(z.number().int()) }),
  z.object({ type: z.literal('otherVersion'), protocol: z.number().int() }),
  statusSchema,
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type SupervisorMessage = z.infer<typeof supervisorMessageSchema>;

/** What a freshly spawned supervisor tells its parent over the IPC channel. */
export const launchMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening') }),
  z.object({ type: z.literal('busy'), pid: z.number().int() }),
  z.object({ type: z.literal('failed'), error: errorSchema }),
]);

export type LaunchMessage = z.infer<typeof launchMessageSchema>;

/** The file that tells clients where the supervisor listens. */
export const addressSchema = z.object({ pid: z.number().int(), socket: z.string(), token: z.string() });

export type SupervisorAddress = z.infer<typeof addressSchema>;

/** A coded error in the form in which it crosses a process border. */
export type ErrorMessage = z.infer<typeof errorSchema>;

/** A coded error for the way to another process; its cause stays here. */
export function packError(error: AlgaError): ErrorMessage {
  const { code, message, hint, exitCode } = error;
  return { code, message: message.slice(0, 4_000), hint, exitCode };
}

/** The error that {@link packError} was given. */
export function unpackError({ code, ...rest }: ErrorMessage): AlgaError {
  return new AlgaError(code, rest);
}
