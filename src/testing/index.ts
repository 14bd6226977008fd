/** What tests of an extension import as `alga/testing`. */
export type {
  Answering,
  CallOptions,
  LogLine,
  OutgoingAnswer,
  OutgoingRequest,
  StartOptions,
  TestAnswer,
  TestClient,
  TestExtension,
  TestHost,
  TestInvoice,
  TestOutbound,
  TestSchedule,
  TestService,
  TestStorage,
  TestUser,
} from './api.js';
export { startExtension } from './extension.js';
export { HandlerFailure } from './failure.js';
