import type { Event, EventData } from '../../domain/event.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import { classifySql } from '../sql-class.ts';
import type { RelayRecord } from './records.ts';

/** A record of the relay and where it stands. */
export interface PlacedRecord {
  readonly record: RelayRecord;
  readonly offset: number;
  readonly next: number;
  /** Names this line for ever: a keyed digest of its place and text. */
  readonly id: string;
}

export interface RecordContext {
  readonly source: string;
  /** The gateway's name of the resource behind a connection of the relay. */
  readonly resourceOf: (connection: string) => string;
  /** Whether the lane of a resource blocks, or only watches; undefined when the relay's rules are not known. */
  readonly enforces: (resource: string) => boolean | undefined;
  /** The next statement number of a relay session. */
  readonly nextSeq: (relaySession: string) => number;
}

const ANONYMOUS = 'anonymous';
const TRUNCATED = '...[truncated]';
/** A relay that is told to withhold statements writes a digest in their place. */
const REDACTED = /^sha256:[0-9a-f]{16}$/;
const COMMAND_TAG = /^[A-Z]+(?: [A-Z]+)*(?: \d+)* (\d+)$/;

/**
 * The event of one record; undefined for records that are no evidence of their own. Only what a client sent is a
 * statement: records of the other direction hold the server's command tag.
 */
export function toEvent(
  placed: PlacedRecord,
  answer: RelayRecord | undefined,
  context: RecordContext,
): Event | undefined {
  const { record } = placed;
  if (isStatement(record)) return commandEvent(placed, answer, context);
  if (record.kind === 'violation') return blockedEvent(placed, context);
  if (record.kind === 'masked') return maskingEvent(placed, context);
  return undefined;
}

export function isStatement(record: RelayRecord): boolean {
  return record.kind === 'statement' && record.direction !== 'server';
}

function commandEvent(placed: PlacedRecord, answer: RelayRecord | undefined, context: RecordContext): Event {
  const { record } = placed;
  const resource = resourceIn(record, context);
  const isObserved = resource !== undefined && context.enforces(resource) === false;
  return event('command.executed', placed, context, {
    relaySession: record.session_id,
    seq: context.nextSeq(record.session_id),
    person: personOf(record),
    resource,
    ...statementOf(record),
    decision: isObserved ? 'observed' : 'allowed',
    rows: answer === undefined ? undefined : rowsOf(answer),
    timeBasis: 'source',
  });
}

function blockedEvent(placed: PlacedRecord, context: RecordContext): Event {
  const { record } = placed;
  const { class: _, statementTruncated: __, ...statement } = statementOf(record);
  return event('command.blocked', placed, context, {
    relaySession: record.session_id,
    seq: context.nextSeq(record.session_id),
    person: personOf(record),
    resource: resourceIn(record, context),
    ...statement,
    rule: given(record.rule),
    direction: record.direction === 'server' ? 'output' : 'input',
    action: record.allowed === true ? 'warn' : 'block',
    reason: given(record.message),
  });
}

/** `masked_count` is one total over all entities of the record: only a single entity has a count of its own. */
function maskingEvent(placed: PlacedRecord, context: RecordContext): Event {
  const { record } = placed;
  const entities = (record.masked_entities ?? []).toSorted();
  const total = record.masked_count ?? 0;
  return event('masking.applied', placed, context, {
    relaySession: record.session_id,
    resource: resourceIn(record, context),
    types: entities.map((type) => (entities.length === 1 ? { type, masked: total } : { type })),
    total,
  });
}

function event(kind: Kind, placed: PlacedRecord, context: RecordContext, data: EventData): Event {
  const { record, id } = placed;
  const subject = `relay/${record.session_id}`;
  return {
    source: context.source,
    id: `${kind}:${record.session_id}:${id}`,
    kind,
    time: record.at,
    subject,
    data,
  };
}

function statementOf(record: RelayRecord) {
  const text = record.statement ?? '';
  const isRedacted = REDACTED.test(text);
  const isTruncated = text.endsWith(TRUNCATED);
  const isSql = record.protocol === 'postgres' || record.protocol === 'mssql';
  const statement =
    isRedacted || text === '' ? undefined : isTruncated ? text.slice(0, -TRUNCATED.length) : text;
  return {
    language: isSql ? 'sql' : record.protocol === 'http' ? 'http' : undefined,
    class: isSql && statement !== undefined ? classifySql(statement) : undefined,
    statement,
    statementTruncated: isRedacted || isTruncated ? true : undefined,
  };
}

function rowsOf(answer: RelayRecord): number | undefined {
  if (answer.kind !== 'statement' || answer.direction !== 'server') return undefined;
  const [, rows] = COMMAND_TAG.exec(answer.statement ?? '') ?? [];
  return rows === undefined ? undefined : Number(rows);
}

/** The database user, as the client claimed it. */
function personOf({ principal }: RelayRecord): { readonly id: string } | undefined {
  const id = given(principal);
  return id === undefined || id === ANONYMOUS ? undefined : { id };
}

function resourceIn(record: RelayRecord, context: RecordContext): string | undefined {
  const connection = given(record.connection);
  return connection === undefined ? undefined : context.resourceOf(connection);
}

function given(text: string | null | undefined): string | undefined {
  return text === null || text === undefined || text === '' ? undefined : text;
}
