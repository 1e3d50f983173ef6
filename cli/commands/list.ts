import { stringify } from 'csv-stringify/sync';
import { AnnexaError } from '../../domain/errors.ts';
import type { Period } from '../../domain/time.ts';
import type { CommandIo } from '../io.ts';
import { isListKind, listKinds, selectList, type ListKind, type ListRow } from '../lists/select.ts';
import type { Runtime } from '../runtime.ts';

export interface ListOptions {
  readonly period: Period;
  readonly person: string;
  readonly resource: string;
  readonly form: 'text' | 'json' | 'csv';
}

/** Columns of the text form; --json and --csv carry every column. */
const textColumns: Readonly<Record<ListKind, readonly string[]>> = {
  sessions: ['time', 'session', 'state', 'person', 'resource', 'verb', 'outcome'],
  approvals: ['time', 'approval', 'requester', 'approver', 'resource', 'decision', 'forced'],
  commands: ['time', 'subject', 'person', 'resource', 'decision', 'statement'],
  blocked: ['time', 'subject', 'person', 'resource', 'rule', 'statement'],
  masking: ['time', 'subject', 'resource', 'types', 'total'],
  policies: ['time', 'source', 'sha256', 'inForceFrom', 'inForceTo'],
  people: ['time', 'source', 'identity', 'identityType', 'change', 'group'],
  events: ['index', 'time', 'kind', 'subject', 'person', 'resource'],
};

/** Prints everything of one kind in the period. Returns the exit code. */
export async function list(
  runtime: Runtime,
  name: string,
  options: ListOptions & { io: CommandIo },
): Promise<number> {
  if (!isListKind(name)) {
    throw new AnnexaError('USAGE', `"${name}" is not a list`, {
      hint: `Choose one of ${listKinds.join(', ')}.`,
    });
  }
  const { io, form } = options;
  let count = 0;
  if (form === 'json') io.out(`{"kind":${JSON.stringify(name)},"rows":[`);
  for await (const rows of selectList(runtime.store, name, options)) {
    io.out(format(rows, { name, form, first: count === 0 }));
    count += rows.length;
  }
  if (form === 'json') io.out(`],"total":${count}}\n`);
  if (form === 'text') io.out(`${count} ${name} from ${options.period.from} to ${options.period.to}\n`);
  return 0;
}

function format(
  rows: readonly ListRow[],
  options: { name: ListKind; form: ListOptions['form']; first: boolean },
): string {
  const { name, form, first } = options;
  if (form === 'json') return `${first ? '' : ','}${rows.map((row) => JSON.stringify(row)).join(',\n')}`;
  if (form === 'csv') return stringify(rows.map(flatten), { header: first, escape_formulas: true });
  return rows.map((row) => `${textColumns[name].map((column) => toCell(row[column])).join('  ')}\n`).join('');
}

function flatten(row: ListRow): Record<string, string> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)]));
}

function toCell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'string') return value.replaceAll(/[\p{Cc}\s]+/gu, ' ');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}
