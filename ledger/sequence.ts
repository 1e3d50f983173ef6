import { hash } from 'node:crypto';
import type { Draft, LogRow } from '../domain/entry.ts';
import type { Instant } from '../domain/time.ts';

/** Where a log stands. */
export interface LogState {
  readonly log: number;
  readonly size: number;
  /** `received` of the last entry; null while the log is empty. */
  readonly received: Instant | null;
}

/**
 * Gives drafts their place in the log, in order: the next indexes, one `received` for all of them, never earlier than
 * that of the entry before, and the leaf hash SHA-256(0x00 ‖ entry) (RFC 9162 section 2.1.1).
 *
 * A function of its arguments alone: whoever sequences the same drafts on the same state at the same instant writes
 * identical rows. One `received` also means that a batch never lies in two months.
 */
export function sequence(state: LogState, drafts: readonly Draft[], now: Instant): LogRow[] {
  const received = state.received !== null && state.received > now ? state.received : now;
  return drafts.map((draft, position) => {
    const entry = draft.head + received + draft.tail;
    return {
      log: state.log,
      index: state.size + position,
      received,
      entry,
      leaf: Buffer.from(hash('sha256', `\0${entry}`, 'hex'), 'hex'),
      salts: draft.salts,
      values: draft.values,
      key: draft.key,
      mac: draft.mac,
    };
  });
}
