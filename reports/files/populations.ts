import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnnexaError } from '../../domain/errors.ts';
import type { TestItem, TestResult } from '../../domain/evaluation.ts';
import type { InformationProduced, Packet } from '../../domain/packet.ts';
import type { PopulationOf, PopulationRow, TestQuery } from '../../domain/population.ts';
import type { Period } from '../../domain/time.ts';
import type { Many } from '../layout/blocks.ts';
import { redactItem } from '../packet.ts';
import { openTable } from './csv.ts';
import { openSpool } from './spool.ts';

export interface PopulationOptions {
  /** Directory of the bag. */
  readonly bag: string;
  /** Directory for what is needed again but does not go into the packet. */
  readonly scratch: string;
  readonly control: string;
  readonly period: Period;
  readonly size: number;
  readonly reader: Packet['reader'];
  readonly query: TestQuery;
  readonly populationOf: PopulationOf;
}

export interface WrittenPopulation {
  readonly produced: Pick<
    InformationProduced,
    'test' | 'sqlSha256' | 'parameters' | 'population' | 'exceptions'
  >;
  /** Every exception, ordered by log index. */
  exceptions(): Many<TestItem>;
}

const columns = [
  'subject',
  'time',
  'log',
  'index',
  'who',
  'person',
  'resource',
  'exception',
  'excluded',
  'open',
  'detail',
] as const satisfies readonly (keyof PopulationRow)[];

/**
 * Writes a test's population, its exceptions and its query. Throws PACKET_INVALID when the rows are not as many as the
 * result says: then the two were not read at one state of the log.
 */
export async function writePopulation(
  test: TestResult,
  options: PopulationOptions,
): Promise<WrittenPopulation> {
  const { bag, scratch, control, reader, query } = options;
  const folder = `data/controls/${control}`;
  const files = {
    population: `${folder}/${test.id}.population.csv`,
    exceptions: `${folder}/${test.id}.exceptions.csv`,
  };
  await mkdir(join(bag, folder), { recursive: true });
  await writeFile(join(bag, folder, `${test.id}.sql`), query.sql);
  const population = await openTable<PopulationRow>(join(bag, files.population), columns);
  const exceptions = await openTable<PopulationRow>(join(bag, files.exceptions), columns);
  const spool = await openSpool<TestItem>(join(scratch, `${test.id}.jsonl`));
  const counts = { open: 0, excluded: 0, exceptions: 0 };
  for await (const full of rowsOf(test, options)) {
    const row = reader.person === 'full' ? full : { ...full, person: '' };
    await population.write(row);
    if (row.open) counts.open += 1;
    else if (row.excluded !== '') counts.excluded += 1;
    else if (row.exception !== '') {
      counts.exceptions += 1;
      await exceptions.write(row);
      await spool.write(redactItem(toItem(full), reader));
    }
  }
  const written = { population: await population.close(), exceptions: await exceptions.close() };
  await spool.close();
  check(test, { ...counts, population: written.population.rows - counts.open });
  return {
    produced: {
      test: test.id,
      sqlSha256: query.sqlSha256,
      parameters: query.parameters,
      population: { file: files.population, ...written.population },
      exceptions: { file: files.exceptions, ...written.exceptions },
    },
    exceptions: () => spool.read(),
  };
}

/** A test that lacks what it needs has no population to ask for. */
async function* rowsOf(
  test: TestResult,
  { populationOf, period, size }: PopulationOptions,
): AsyncGenerator<PopulationRow> {
  if (test.missing.length > 0 && test.population === 0) return;
  yield* populationOf({ test: test.id, period, size });
}

function toItem(row: PopulationRow): TestItem {
  const { subject, time, log, index, who, person, resource, exception, detail, accepted } = row;
  return { subject, time, log, index, who, person, resource, code: exception, detail, accepted };
}

type Counted = Pick<TestResult, 'population' | 'excluded' | 'exceptions' | 'open'>;

function check(test: TestResult, found: Counted): void {
  for (const name of ['population', 'excluded', 'exceptions', 'open'] as const) {
    if (test[name] === found[name]) continue;
    throw new AnnexaError(
      'PACKET_INVALID',
      `${test.id} says ${name} ${test[name]}, its rows give ${found[name]}`,
      {
        where: test.id,
        hint: 'Build the packet again with --at and the size of the log.',
      },
    );
  }
}
