/** Every reason for which annexa stops or refuses. Closed: a new code without an HTTP status does not compile. */
export type ErrorCode =
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'DATA_IN_USE'
  | 'ENGINE_MISSING'
  | 'STORE_UNAVAILABLE'
  | 'STORE_REFUSED'
  | 'LOG_INCONSISTENT'
  | 'LOG_FROZEN'
  | 'KEY_MISSING'
  | 'NOT_FOUND'
  | 'BODY_INVALID'
  | 'BODY_TOO_LARGE'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'OVERLOADED'
  | 'EVENT_INVALID'
  | 'EVENT_CONFLICT'
  | 'EVENT_TOO_LARGE'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_REFUSED'
  | 'SOURCE_MALFORMED'
  | 'FILE_UNREADABLE'
  | 'PACKET_INVALID'
  | 'CONTROL_UNKNOWN'
  | 'INTERNAL';

export interface ErrorDetails {
  /** Where: a file, line, field, URL or index. */
  where?: string;
  /** What the reader can do about it, as a full sentence. */
  hint?: string;
  cause?: unknown;
}

/**
 * A failure that a person has to know about. `message` says what happened, `where` the place,
 * `hint` what to do. Programmer mistakes are TypeError instead.
 */
export class AnnexaError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'AnnexaError';
    this.code = code;
    this.where = details.where;
    this.hint = details.hint;
  }

  /** One line: what, where, what to do. */
  toLine(): string {
    const place = this.where === undefined ? '' : ` (${this.where})`;
    const advice = this.hint === undefined ? '' : ` ${this.hint}`;
    return `${this.code}: ${this.message}${place}.${advice}`;
  }
}
