import { afterAll, beforeAll, beforeEach } from 'vitest';
import { subject } from './subject.js';
// One file, one runner: another one than our own knows one store and one host.
import './execution.js';
import './idempotency.js';
import './requests.js';
import './refusals.js';
import './sources.js';
import './grants.js';
import './secrets.js';
import './egress.js';
import './storage.js';
import './scheduler.js';
import './invoicing.js';
import './readers.js';
import './ui-proxy.js';
import './debug-events.js';
import './ui-files.js';
import './ui-paths.js';
import './ui-tenants.js';
import './caching.js';
import './routes.js';
import './metrics.js';

beforeAll(() => subject.start());
beforeEach(() => subject.reset());
afterAll(() => subject.stop());
