import { z } from 'zod';
import { camelFields, optionalOf, optionalText } from './answer-fields.js';
import type { HostContext, HostFunction } from './host-context.js';
import { type ApiAnswer, type ApiFailure, parseJson } from './install-api.js';

/** The functions of `alga:extension/invoicing`. */
export const INVOICING_FUNCTIONS: ReadonlyArray<readonly [string, HostFunction]> = [
  ['invoicing#create-manual-invoice', (cx, [input]) => createManualInvoice(cx, input as InvoiceInput)],
];

interface InvoiceItem {
  readonly serviceId: string;
  readonly quantity: number;
  readonly description: string;
  readonly rate: number;
  readonly isDiscount?: boolean;
  readonly discountType?: string;
  readonly appliesToItemId?: string;
  readonly appliesToServiceId?: string;
}

interface InvoiceInput {
  readonly clientId: string;
  readonly items: readonly InvoiceItem[];
  readonly invoiceDate?: string;
  readonly dueDate?: string;
  readonly poNumber?: string;
}

interface InvoiceResult {
  readonly success: boolean;
  readonly invoiceId?: string | undefined;
  readonly invoiceNumber?: string | undefined;
  readonly status?: string | undefined;
  readonly subtotal?: number | undefined;
  readonly tax?: number | undefined;
  readonly total?: number | undefined;
  readonly error?: string | undefined;
  readonly fieldErrors?: string | undefined;
}

const UNCONFIGURED = {
  base: 'invoicing base URL not configured',
  token: 'runner auth token not configured',
} as const;

async function createManualInvoice(cx: HostContext, input: InvoiceInput): Promise<InvoiceResult> {
  const items = input.items.map((item) => ({
    ...item,
    quantity: finite(item.quantity),
    rate: finite(item.rate),
  }));
  // Absent options are `undefined`, which JSON leaves out.
  return invoiced(await cx.install('ext-invoicing', { operation: 'createManualInvoice', ...input, items }));
}

/** JSON has no other numbers. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** The fields of `invoice` beside those of the answer. */
function flattened(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const invoice = 'invoice' in value && typeof value.invoice === 'object' ? value.invoice : {};
  return camelFields({ ...invoice, ...value });
}

const outcome = z.preprocess(
  flattened,
  z.object({
    success: z.boolean(),
    invoiceId: optionalText,
    invoiceNumber: optionalText,
    status: optionalText,
    subtotal: optionalOf(z.number()),
    tax: optionalOf(z.number()),
    total: optionalOf(z.number()),
    error: optionalText,
    fieldErrors: z
      .unknown()
      .optional()
      .transform((value) => (value == null ? undefined : JSON.stringify(value))),
  }),
);

function invoiced(answer: ApiAnswer): InvoiceResult {
  if (!answer.ok) return failure(answer.failure);
  const parsed = outcome.safeParse(answer.json);
  return parsed.success ? parsed.data : { success: false, error: 'invalid response' };
}

function failure(found: ApiFailure): InvoiceResult {
  if (found.kind === 'unconfigured') return { success: false, error: UNCONFIGURED[found.what] };
  if (found.kind === 'transport') return { success: false, error: 'transport failure' };
  if (found.kind === 'bad-json') return { success: false, error: 'invalid JSON response' };
  return refused(found) ?? { success: false, error: `http ${found.status}: ${found.body}` };
}

/** The host says which fields are wrong in the body of a 400; that is for the guest to see. */
function refused(found: ApiFailure & { kind: 'status' }): InvoiceResult | undefined {
  if (found.status !== 400) return undefined;
  const parsed = outcome.safeParse(parseJson(found.body));
  return parsed.success && !parsed.data.success ? parsed.data : undefined;
}
