import { setTimeout as pause } from 'node:timers/promises';
import { AnnexaError } from '../domain/errors.ts';

/** How often a statement is sent before the store gives up, and the first wait; each further wait is twice as long. */
export const RETRY_LIMIT = { attempts: 5, firstWaitMs: 50 } as const;

/** ClickHouse codes after which the same statement can succeed. Every code that is not here is never sent again. */
const TRANSIENT_CODES: ReadonlyMap<number, string> = new Map([
  [3, 'UNEXPECTED_END_OF_FILE'],
  [74, 'CANNOT_READ_FROM_FILE_DESCRIPTOR'],
  [75, 'CANNOT_WRITE_TO_FILE_DESCRIPTOR'],
  [76, 'CANNOT_OPEN_FILE'],
  [198, 'DNS_ERROR'],
  [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  [209, 'SOCKET_TIMEOUT'],
  [210, 'NETWORK_ERROR'],
  [236, 'ABORTED'],
  [241, 'MEMORY_LIMIT_EXCEEDED'],
  [242, 'TABLE_IS_READ_ONLY'],
  [243, 'NOT_ENOUGH_SPACE'],
  [252, 'TOO_MANY_PARTS'],
  [279, 'ALL_CONNECTION_TRIES_FAILED'],
  [319, 'UNKNOWN_STATUS_OF_INSERT'],
  [394, 'QUERY_WAS_CANCELLED'],
  [425, 'SYSTEM_ERROR'],
  [439, 'CANNOT_SCHEDULE_TASK'],
  [499, 'S3_ERROR'],
  [745, 'SERVER_OVERLOADED'],
  [999, 'KEEPER_EXCEPTION'],
]);

/** Deadline reached: worth another call later, never an immediate repetition. */
const DEADLINE_CODES: ReadonlySet<number> = new Set([159, 160, 307, 396]);

/**
 * `transient`: send the same statement again. `deadline`: it took too long or was too large; the caller decides.
 * `refused`: ClickHouse itself said that the statement is wrong; it was not executed and can only fail again.
 */
type Failure = 'transient' | 'deadline' | 'refused';

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'refused';
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /^\d+$/.test(code)) {
    if (DEADLINE_CODES.has(Number(code))) return 'deadline';
    return TRANSIENT_CODES.has(Number(code)) ? 'transient' : 'refused';
  }
  // No answer of ClickHouse: a broken connection, a time-out, a page of some proxy. What became of it is unknown.
  return 'transient';
}

/**
 * Runs a statement that may be sent more than once, waiting 50, 100, 200 and 400 ms after transient failures.
 * Throws STORE_UNAVAILABLE when it never came through, STORE_REFUSED at once when it is wrong.
 */
export async function withRetries<T>(what: string, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof AnnexaError || error instanceof TypeError) throw error;
      const failure = failureOf(error);
      if (failure !== 'transient' || attempt === RETRY_LIMIT.attempts)
        throw toStoreError(what, failure, error);
      await pause(RETRY_LIMIT.firstWaitMs * 2 ** (attempt - 1));
    }
  }
}

function toStoreError(what: string, failure: Failure, cause: unknown): AnnexaError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.slice(0, 300) ?? '';
  if (failure === 'refused') {
    return new AnnexaError('STORE_REFUSED', `ClickHouse refused ${what}: ${reason}`, { cause });
  }
  return new AnnexaError('STORE_UNAVAILABLE', `ClickHouse could not finish ${what}: ${reason}`, {
    hint: 'The same call can be made again; nothing is half-stored.',
    cause,
  });
}
