/** Status and text of every S3 error this server answers with; the codes are those of the protocol. */
const table = {
  AccessDenied: [403, 'Access Denied.'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed.'],
  AuthorizationQueryParametersError: [400, 'The query-string authentication parameters are not valid.'],
  BadDigest: [400, 'The checksum you sent is not that of the body received.'],
  BucketAlreadyOwnedByYou: [409, 'You already own this bucket.'],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty.'],
  EntityTooLarge: [400, 'The upload is larger than the largest allowed object.'],
  EntityTooSmall: [400, 'Every part but the last must have at least 5 MiB.'],
  IncompleteBody: [400, 'The body has another length than was announced.'],
  InternalError: [500, 'The server met an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The access key id is not known here.'],
  InvalidArgument: [400, 'An argument is not valid.'],
  InvalidBucketName: [400, 'The bucket name is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 you sent is not valid.'],
  InvalidPart: [400, 'A part was not found, or its entity tag is another one.'],
  InvalidPartOrder: [400, 'The parts must be listed in ascending order.'],
  InvalidRange: [416, 'The requested range cannot be satisfied.'],
  InvalidRequest: [400, 'The request is not valid.'],
  InvalidURI: [400, 'The path of the request could not be read.'],
  KeyTooLongError: [400, 'The key is too long.'],
  MalformedXML: [400, 'The XML you sent is not well formed or not of the expected form.'],
  MetadataTooLarge: [400, 'The user metadata is larger than 2 KB.'],
  MethodNotAllowed: [405, 'The method is not allowed on this resource.'],
  MissingContentLength: [411, 'The Content-Length header is required.'],
  NoSuchBucket: [404, 'The bucket does not exist.'],
  NoSuchKey: [404, 'The key does not exist.'],
  NoSuchUpload: [404, 'The multipart upload does not exist; it may have been completed or aborted.'],
  NotImplemented: [501, 'This server does not implement what the request asks for.'],
  PreconditionFailed: [412, 'At least one of the conditions you gave did not hold.'],
  RequestTimeTooSkewed: [403, 'The time of the request differs too much from that of the server.'],
  SignatureDoesNotMatch: [403, 'The signature is not the one calculated here. Check key and signing method.'],
  XAmzContentSHA256Mismatch: [400, 'The x-amz-content-sha256 header is not the hash of the body received.'],
} as const satisfies Record<string, readonly [number, string]>;

export type S3ErrorCode = keyof typeof table;

/** An answer of the S3 protocol that is not a success. */
export class S3Error extends Error {
  readonly status: number;

  constructor(
    readonly code: S3ErrorCode,
    detail?: string,
    /** Headers the answer carries besides the usual ones. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    const [status, text] = table[code];
    super(detail ?? text);
    this.name = 'S3Error';
    this.status = status;
  }
}
