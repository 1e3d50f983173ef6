import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { toCanonicalJson } from '../../domain/canonical.ts';
import type { LogRow } from '../../domain/entry.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { Packet } from '../../domain/packet.ts';
import type { LedgerReader, ReadStore } from '../../domain/ports.ts';
import type { Cut } from '../facts/facts.ts';

/** Why an entry is in the packet. */
type Citation = 'exception' | 'population' | 'context';

export interface EventsOptions {
  readonly file: string;
  readonly store: ReadStore;
  readonly ledger: LedgerReader;
  readonly cut: Cut;
  readonly range: Packet['log']['range'];
  /** Entries that results cite, by index. */
  readonly cited: ReadonlyMap<number, 'exception' | 'context'>;
  /** Every entry of the range, not only the cited ones. */
  readonly complete: boolean;
  readonly reader: Packet['reader'];
  readonly onProgress: (done: number, total: number) => void;
}

export interface WrittenEvents {
  readonly cited: Packet['cited'];
  /** Disclosures that are there and that this reader may not see. */
  readonly withheld: number;
}

type Held = Pick<LogRow, 'index' | 'entry' | 'salts' | 'values'>;

const ENTRIES_AT_ONCE = 1_000;

/**
 * Writes events.jsonl: one canonical JSON object a line, by ascending index: why it is here, its disclosures, the entry's
 * text as the leaf hashes it. A disclosure that the reader may not see has a name only; an erased one has empty texts.
 */
export async function writeEvents(options: EventsOptions): Promise<WrittenEvents> {
  const { file, cut, cited, complete, range, reader, onProgress } = options;
  const handle = await open(file, 'w');
  const counts = { exception: 0, population: 0, context: 0 };
  let withheld = 0;
  const sorted = [...cited.keys()].sort((a, b) => a - b);
  const outside = complete ? sorted.filter((index) => index < range.from) : sorted;
  const total = outside.length + (complete ? range.to - range.from : 0);
  let done = 0;
  const write = async (rows: readonly Held[]): Promise<void> => {
    let text = '';
    for (const row of rows) {
      const why: Citation = cited.get(row.index) ?? 'population';
      const disclosures = disclosuresOf(row, reader);
      counts[why] += 1;
      withheld += disclosures.filter((disclosure) => disclosure.salt === undefined).length;
      const { index, entry } = row;
      text += `${toCanonicalJson({ cited: why, disclosures, entry, index, log: cut.log })}\n`;
    }
    done += rows.length;
    await handle.writeFile(text);
    onProgress(done, total);
  };
  try {
    for (let at = 0; at < outside.length; at += ENTRIES_AT_ONCE) {
      await write(await readEntries(options, outside.slice(at, at + ENTRIES_AT_ONCE)));
    }
    if (complete) await writeRange(options, write);
  } finally {
    await handle.close();
  }
  const { exception: exceptions, context, population } = counts;
  return { cited: { total: exceptions + context + population, exceptions, context, complete }, withheld };
}

async function writeRange(
  { ledger, range }: EventsOptions,
  write: (rows: readonly Held[]) => Promise<void>,
): Promise<void> {
  for (let at = range.from; at < range.to; at += ENTRIES_AT_ONCE) {
    await write(await ledger.rows(at, Math.min(at + ENTRIES_AT_ONCE, range.to)));
  }
}

const entriesSql = readFileSync(new URL('../facts/entries.sql', import.meta.url), 'utf8');

async function readEntries(
  { store, cut }: EventsOptions,
  indexes: readonly number[],
): Promise<readonly Held[]> {
  const rows = await store.select<Held>(entriesSql, { log: cut.log, indexes: indexes.map(String) });
  if (rows.length !== indexes.length) {
    throw new AnnexaError(
      'LOG_INCONSISTENT',
      `${indexes.length - rows.length} cited entries are not in the store`,
      {
        where: `log ${cut.log}`,
        hint: 'Run annexa log verify.',
      },
    );
  }
  return rows;
}

type HeldDisclosure = {
  readonly name: string;
  readonly salt?: string;
  readonly value?: string;
};

function disclosuresOf({ salts, values }: Held, reader: Packet['reader']): HeldDisclosure[] {
  return Object.keys(salts)
    .sort()
    .map((name) => {
      const [salt = '', value = ''] = [salts[name], values[name]];
      const erased = salt === '' || value === '';
      if (!erased && isWithheld(name, reader)) return { name };
      return erased ? { name, salt: '', value: '' } : { name, salt, value };
    });
}

function isWithheld(name: string, { person, content }: Packet['reader']): boolean {
  return name === 'content' ? content === 'withheld' : person === 'pseudonym';
}
