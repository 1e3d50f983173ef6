import { AnnexaError, type ErrorCode } from '../domain/errors.ts';

/** Problem details (RFC 9457), with our code as an extension member. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly where?: string;
  readonly hint?: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  USAGE: 400,
  CONFIG_INVALID: 500,
  DATA_IN_USE: 503,
  ENGINE_MISSING: 503,
  STORE_UNAVAILABLE: 503,
  STORE_REFUSED: 500,
  LOG_INCONSISTENT: 500,
  LOG_FROZEN: 503,
  KEY_MISSING: 500,
  NOT_FOUND: 404,
  BODY_INVALID: 400,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  OVERLOADED: 503,
  EVENT_INVALID: 400,
  EVENT_CONFLICT: 409,
  EVENT_TOO_LARGE: 413,
  SOURCE_UNREACHABLE: 502,
  SOURCE_REFUSED: 502,
  SOURCE_MALFORMED: 502,
  FILE_UNREADABLE: 500,
  PACKET_INVALID: 422,
  CONTROL_UNKNOWN: 400,
  INTERNAL: 500,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not valid',
  429: 'Too many attempts',
  500: 'Internal error',
  502: 'A source failed',
  503: 'Not available now',
};

/** Codes of the HTTP library itself, by what they mean to us. */
const LIBRARY: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_INVALID',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_INVALID',
  FST_ERR_VALIDATION: 'BODY_INVALID',
  FST_ERR_BAD_URL: 'USAGE',
};

/**
 * What a caller is told about a failure. An error that is not ours says nothing of its insides: only that it
 * happened; the message itself belongs into the server's own output.
 */
export function problemOf(error: unknown): Problem {
  const known = toKnown(error);
  const status = STATUS[known.code];
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: known.message,
    code: known.code,
    ...(known.where === undefined ? {} : { where: known.where }),
    ...(known.hint === undefined ? {} : { hint: known.hint }),
  };
}

function toKnown(error: unknown): AnnexaError {
  if (error instanceof AnnexaError) return error;
  const [code, status] = libraryCode(error);
  const translated = LIBRARY[code] ?? (status >= 400 && status < 500 ? 'BODY_INVALID' : undefined);
  if (translated !== undefined && error instanceof Error)
    return new AnnexaError(translated, error.message, { cause: error });
  return new AnnexaError('INTERNAL', 'annexa failed at this request', {
    hint: 'The reason stands in the output of the server.',
    cause: error,
  });
}

function libraryCode(error: unknown): readonly [string, number] {
  if (typeof error !== 'object' || error === null) return ['', 0];
  const fields = new Map(Object.entries(error));
  const [code, status] = [fields.get('code'), fields.get('statusCode')];
  return [typeof code === 'string' ? code : '', typeof status === 'number' ? status : 0];
}
