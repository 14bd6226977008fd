/** Where the live channel is found. */
export const LIVE_PATH = '/__alga/live';

/** Subprotocol of the channel; the token travels beside it, so that it is in no URL and no log. */
export const PROTOCOL = 'alga-live';
/** What stands before the token among the offered subprotocols. */
export const TOKEN_PREFIX = 'alga-token.';
