/**
 * What a handler may import as `alga/handler`: pure functions on requests and answers. Nothing here calls the
 * host, so that the functions also work in plain tests.
 */
export { headerOf, matchRoute, pathOf, queryOf, readJson, readText } from './request.js';
export {
  bytesResponse,
  emptyResponse,
  errorResponse,
  type HeadersInput,
  jsonResponse,
  type ResponseOptions,
  textResponse,
} from './response.js';
export type { HandlerRequest, HandlerResponse, Header } from './shapes.js';
