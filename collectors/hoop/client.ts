import { AnnexaError } from '../../domain/errors.ts';
import { toMillis, type Clock } from '../../domain/time.ts';
import { parseJson } from '../json-text.ts';

/** An answer of the gateway: JSON, or the status with which it declined this one request. */
type HoopAnswer =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'declined'; readonly status: number; readonly message: string };

export interface HoopClient {
  /**
   * GET below `/api`. Network failures, time-outs and 5xx are tried again, others never.
   * 403, 404 and 422 are answers. Throws SOURCE_REFUSED on 401, SOURCE_UNREACHABLE when every try failed,
   * SOURCE_MALFORMED when the answer is no JSON, EVENT_TOO_LARGE when it exceeds {@link MAX_RESPONSE_BYTES}.
   */
  readonly get: (path: string) => Promise<HoopAnswer>;
  /** Median offset of the gateway's clock over all answers so far, ms; positive: the gateway is ahead. */
  readonly clockOffsetMs: () => number | undefined;
}

export interface HoopClientOptions {
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 30_000;
const RETRIES = 3;
const BACK_OFF_MS = 250;
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** The Date header is cut to the second: on average half of one is missing. */
const DATE_TRUNCATION_MS = 500;
const OFFSET_SAMPLES = 1_000;

export function createHoopClient(options: HoopClientOptions): HoopClient {
  const offsets: number[] = [];
  const base = options.url.replace(/\/+$/, '');
  const send = options.fetch ?? fetch;

  const once = async (path: string): Promise<HoopAnswer | 'again'> => {
    const before = toMillis(options.clock());
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await send(`${base}/api${path}`, {
      headers: { authorization: `Bearer ${options.token}`, accept: 'application/json' },
      redirect: 'error',
      signal: options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]),
    });
    const text = await readBounded(response, path);
    sample(offsets, response.headers.get('date'), (before + toMillis(options.clock())) / 2);
    if (response.status >= 500) return 'again';
    if (response.status === 401) {
      throw new AnnexaError('SOURCE_REFUSED', 'the gateway does not accept the token', {
        where: `GET ${base}/api${path}`,
        hint: 'Give the source the key of a user or API key in the auditor group.',
      });
    }
    if (response.status !== 200)
      return { kind: 'declined', status: response.status, message: text.slice(0, 512) };
    return { kind: 'ok', value: parse(text, `GET ${base}/api${path}`) };
  };

  return {
    async get(path) {
      let cause: unknown;
      for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
        if (attempt > 0) await options.sleep(BACK_OFF_MS * 2 ** (attempt - 1));
        try {
          const answer = await once(path);
          if (answer !== 'again') return answer;
          cause = new Error('the gateway answered with a server error');
        } catch (error) {
          if (error instanceof AnnexaError || options.signal?.aborted === true) throw error;
          cause = error;
        }
      }
      throw new AnnexaError('SOURCE_UNREACHABLE', `no answer after ${RETRIES + 1} tries`, {
        where: `GET ${base}/api${path}`,
        hint: 'The next poll tries again; nothing read so far is lost.',
        cause,
      });
    },
    clockOffsetMs: () => median(offsets),
  };
}

async function readBounded(response: Response, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> = response.body ?? noBytes();
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_RESPONSE_BYTES) {
      throw new AnnexaError('EVENT_TOO_LARGE', `the answer is larger than ${MAX_RESPONSE_BYTES} bytes`, {
        where: `GET ${path}`,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

// oxlint-disable-next-line require-yield
async function* noBytes(): AsyncGenerator<Uint8Array> {
  return;
}

function parse(text: string, where: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new AnnexaError('SOURCE_MALFORMED', 'the gateway answered with something else than JSON', {
      where,
      cause,
    });
  }
}

function sample(offsets: number[], date: string | null, midpoint: number): void {
  const at = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(at)) return;
  if (offsets.length >= OFFSET_SAMPLES) offsets.shift();
  offsets.push(at + DATE_TRUNCATION_MS - midpoint);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
