import type { Claim } from '../claim.ts';
import { classifySql } from '../sql-class.ts';
import type { SessionFacts } from './release.ts';
import type { PostgresTraffic } from './wire.ts';

const MAX_STATEMENT_CHARACTERS = 1_048_576;
const SQL_TYPES = new Set(['postgres', 'mysql', 'mssql', 'oracledb']);

/**
 * The statements of a released session: the script of an exec, or what a tunnel carried. Times of tunnelled
 * statements are as exact as the recording's offsets.
 */
export function commandClaims(facts: SessionFacts, traffic: PostgresTraffic | undefined): readonly Claim[] {
  return [...scriptClaims(facts), ...tunnelClaims(facts, traffic), ...blockedClaims(facts)];
}

function scriptClaims(facts: SessionFacts): readonly Claim[] {
  const { row, stream, at, release } = facts;
  const script = row.script?.data ?? '';
  if (row.verb !== 'exec' || script === '' || release.kind !== 'released') return [];
  const input = stream.events.find((event) => event.type === 'i');
  const language = languageOf(facts);
  return [
    {
      kind: 'command.executed',
      key: `${row.id}/1`,
      subject: `session/${row.id}`,
      time: input === undefined ? release.startedAt : at(input.offset),
      timeIsDerived: true,
      data: {
        session: row.id,
        seq: 1,
        person: facts.requester,
        resource: row.connection,
        language,
        class: language === 'sql' ? classifySql(script) : undefined,
        statement: script.slice(0, MAX_STATEMENT_CHARACTERS),
        statementTruncated: script.length > MAX_STATEMENT_CHARACTERS ? true : undefined,
        decision: row.review === null || row.review === undefined ? 'allowed' : 'approved',
        result: resultOf(row.exit_code),
        timeBasis: input === undefined ? undefined : 'stream-offset',
      },
    },
  ];
}

function tunnelClaims(facts: SessionFacts, traffic: PostgresTraffic | undefined): readonly Claim[] {
  const { row, at } = facts;
  return (traffic?.statements ?? []).map((statement, index) => ({
    kind: 'command.executed' as const,
    key: `${row.id}/${index + 1}`,
    subject: `session/${row.id}`,
    time: at(statement.offset),
    timeIsDerived: true as const,
    data: {
      session: row.id,
      seq: index + 1,
      person: facts.requester,
      resource: row.connection,
      language: 'sql',
      class: classifySql(statement.text),
      statement: statement.text,
      statementTruncated: statement.truncated ? true : undefined,
      decision: 'observed',
      timeBasis: 'stream-offset',
    },
  }));
}

/** hoop gives neither time nor statement of a violation: the end of the session and its script stand for them. */
function blockedClaims(facts: SessionFacts): readonly Claim[] {
  const { row, end, start } = facts;
  return (row.guardrails_info ?? []).map((violation, index) => ({
    kind: 'command.blocked' as const,
    key: `${row.id}/guardrail-${index + 1}`,
    subject: `session/${row.id}`,
    time: end ?? start,
    data: {
      session: row.id,
      seq: index + 1,
      person: facts.requester,
      resource: row.connection,
      language: languageOf(facts),
      rule: violation.rule_name ?? undefined,
      direction: violation.direction === 'output' ? 'output' : 'input',
      action: 'block',
      statement:
        row.verb === 'exec' && row.script?.data
          ? row.script.data.slice(0, MAX_STATEMENT_CHARACTERS)
          : undefined,
      reason: violation.message ?? undefined,
    },
  }));
}

function languageOf({ row }: SessionFacts): string | undefined {
  const type = row.connection_subtype === '' ? row.type : row.connection_subtype;
  if (SQL_TYPES.has(type ?? '')) return 'sql';
  return ['custom', 'command-line', 'ssh'].includes(type ?? '') ? 'shell' : undefined;
}

function resultOf(exitCode: number | null | undefined): string | undefined {
  return exitCode === null || exitCode === undefined ? undefined : exitCode === 0 ? 'ok' : 'failed';
}
