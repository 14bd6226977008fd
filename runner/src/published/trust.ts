export { loadTrust, type Trust } from '../cache/signature.js';
