import type { Instant } from '../../domain/time.ts';

/** One response of the recorded gateway. `at` is when the real one gave it, where it did. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly at?: Instant;
}

export const unprocessable = (message: string): Answer => ({ status: 422, body: { message } });
