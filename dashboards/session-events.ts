import { formatDuration } from '../domain/duration.ts';
import type { Instant } from '../domain/time.ts';
import type {
  CommandRow,
  DecisionRow,
  MaskingRow,
  OtherRow,
  RequestRow,
  SessionRecord,
} from './pages/session-read.ts';
import {
  capitalised,
  clockTime,
  counted,
  dayAndMinute,
  listed,
  moment,
  shortHash,
  shortPerson,
} from './words.ts';

/** One line of what happened. */
export interface EventLine {
  readonly time: Instant;
  readonly index: number;
  readonly icon: string;
  /** Drawn in full ink: something was stopped or passed by. */
  readonly loud: boolean;
  readonly what: string;
  readonly detail: string;
  readonly code: string;
  /** Said in place of a statement that is no longer there. */
  readonly gone: string;
}

/** Everything that happened around a session, in order of time, then of the log. */
export function sessionEvents(record: SessionRecord): readonly EventLine[] {
  const lines = [
    ...record.requests.map(requestLine),
    ...record.decisions.map((row) => decisionLine(row, record.detail.who)),
    ...policyLine(record),
    ...boundaryLines(record),
    ...record.commands.map(commandLine),
    ...record.masking.map(maskingLine),
    ...record.others.map(otherLine),
  ];
  return lines.sort((left, right) => {
    if (left.time !== right.time) return left.time < right.time ? -1 : 1;
    return left.index - right.index;
  });
}

function line(
  row: { readonly time: Instant; readonly index: number },
  words: Partial<EventLine> & { readonly icon: string; readonly what: string },
): EventLine {
  return { loud: false, detail: '', code: '', gone: '', ...words, time: row.time, index: row.index };
}

function requestLine(row: RequestRow): EventLine {
  const asks = row.needed === null ? '' : `, asks for ${counted(row.needed, 'approval')}`;
  return line(
    { time: row.requestedAt, index: row.index },
    {
      icon: 'ask',
      what: 'Approval requested',
      detail: sentences([
        `by ${shortPerson(row.requester)}${row.windowMs === null ? '' : `, for a window of ${formatDuration(row.windowMs)}`}`,
        row.rule === '' ? '' : `Rule ${row.rule}${asks}`,
        row.reason === '' ? '' : `Reason: ${row.reason}`,
      ]),
    },
  );
}

const VERDICTS: Readonly<Record<string, { readonly icon: string; readonly word: string }>> = {
  granted: { icon: 'tick', word: 'Granted' },
  rejected: { icon: 'cross', word: 'Rejected' },
  revoked: { icon: 'cross', word: 'Revoked' },
};

function decisionLine(row: DecisionRow, sessionWho: string): EventLine {
  const verdict = VERDICTS[row.decision] ?? { icon: 'ask', word: capitalised(row.decision) };
  const requester = row.requesterWho === '' ? sessionWho : row.requesterWho;
  const self = row.approverWho !== '' && row.approverWho === requester;
  const forced = row.forced === true || row.forced === 1;
  const person = row.approverWho === '' || self ? '' : ', a different person';
  return line(row, {
    icon: forced ? 'bypass' : verdict.icon,
    loud: forced || self || row.decision !== 'granted',
    what: forced ? `${verdict.word} by force` : verdict.word,
    detail: sentences([
      `by ${row.approverWho === '' ? 'nobody named' : shortPerson(row.approver)}${self ? ', the same person who asked' : person}${row.group === '' ? '' : `, for group ${row.group}`}`,
      row.validTo === null ? '' : `Valid to ${clockTime(row.validTo)}`,
      row.reason === '' ? '' : `Reason: ${row.reason}`,
      row.decision === 'granted' && row.signature === ''
        ? 'Recorded by the log, not signed by the approver'
        : '',
    ]),
  });
}

function policyLine(record: SessionRecord): readonly EventLine[] {
  const { detail, policy } = record;
  if (detail.startedAt === null) return [];
  const row = { time: detail.startedAt, index: -1 };
  if (policy === undefined) {
    return [
      line(row, {
        icon: 'page',
        what: 'No policy known',
        detail: 'No snapshot of this source covers the moment.',
      }),
    ];
  }
  const certain = policy.inForceTo > detail.startedAt;
  return [
    line(row, {
      icon: 'page',
      what: `Policy in force ${shortHash(policy.sha256)}`,
      detail: certain
        ? `since ${dayAndMinute(policy.inForceFrom)} UTC.`
        : `read last at ${moment(policy.inForceFrom)}; the next reading differs, so either may have applied.`,
    }),
  ];
}

function boundaryLines({ detail }: SessionRecord): readonly EventLine[] {
  const lines: EventLine[] = [];
  if (detail.requestedAt !== null && detail.requestIndex !== null && detail.startIndex === null) {
    lines.push(
      line(
        { time: detail.requestedAt, index: detail.requestIndex },
        { icon: 'start', what: 'Session asked for', detail: 'It was never released.' },
      ),
    );
  }
  if (detail.startedAt !== null && detail.startIndex !== null) {
    lines.push(
      line(
        { time: detail.startedAt, index: detail.startIndex },
        { icon: 'start', what: 'Started', detail: startDetail(detail) },
      ),
    );
  }
  if (detail.endedAt !== null && detail.endIndex !== null) {
    lines.push(
      line(
        { time: detail.endedAt, index: detail.endIndex },
        { icon: 'end', what: 'Ended', detail: endDetail(detail) },
      ),
    );
  }
  return lines;
}

function startDetail(detail: SessionRecord['detail']): string {
  const parts = [
    detail.identityType,
    detail.groups.length === 0 ? '' : `groups ${listed(detail.groups)}`,
    detail.sourceAddress === '' ? '' : `from ${detail.sourceAddress}`,
    detail.role === '' ? '' : `role ${detail.role}`,
    detail.credentialMode === '' ? '' : `${detail.credentialMode} credential`,
  ].filter((part) => part !== '');
  const before =
    detail.startedBefore === null
      ? ''
      : `No later than ${moment(detail.startedBefore)}; the source keeps no exact start`;
  return sentences([parts.join(', '), before]);
}

function endDetail(detail: SessionRecord['detail']): string {
  const parts = [detail.outcome, detail.exitCode === null ? '' : `exit code ${detail.exitCode}`];
  return sentences([parts.filter((part) => part !== '').join(', ')]);
}

function commandLine(row: CommandRow): EventLine {
  const blocked = row.kind === 'command.blocked';
  const truncated = row.statementTruncated === true || row.statementTruncated === 1;
  const erased = row.statementErased === true || row.statementErased === 1;
  const gone = erased ? 'Statement erased or withheld' : 'No statement recorded';
  return line(row, {
    icon: blocked ? 'blocked' : 'prompt',
    loud: blocked,
    what: blocked
      ? blockedWord(row)
      : [capitalised(wordOf(row)), row.rows === null ? '' : counted(row.rows, 'row')]
          .filter((part) => part !== '')
          .join(', '),
    detail: sentences([
      blocked
        ? `by ${row.rule === '' ? 'a rule without a name' : row.rule}${row.direction === 'output' ? ', in the answer' : ', before it reached the target'}`
        : '',
      !blocked && row.result !== '' && row.result !== 'ok' ? `Result: ${row.result}` : '',
      truncated ? 'The statement is cut' : '',
    ]),
    code: row.statement,
    gone: row.statement === '' ? gone : '',
  });
}

/** A gateway that only watches a stream knows what was typed, not what became of it. */
function wordOf(row: CommandRow): string {
  const typed = row.decision === 'observed' && row.relaySession === '';
  const word = row.class === '' ? 'ran' : row.class;
  return typed ? `typed${row.class === '' ? '' : `, ${word}`}` : word;
}

function blockedWord(row: CommandRow): string {
  return row.action === 'warn' ? 'Warned' : 'Blocked';
}

function maskingLine(row: MaskingRow): EventLine {
  const types = row.types.map((type, at) => {
    const masked = row.masked[at] ?? null;
    return masked === null ? type : `${type} ${masked}`;
  });
  const detected = row.detected.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return line(row, {
    icon: 'masked',
    what: detected > 0 ? `Masked ${row.total} of ${detected}` : `Masked ${row.total}`,
    detail: sentences([
      types.join(', '),
      row.rule === '' ? '' : `Rule ${row.rule}`,
      row.errors === 0 ? '' : counted(row.errors, 'engine error'),
    ]),
  });
}

const OTHERS: Readonly<
  Record<string, { readonly icon: string; readonly what: string; readonly loud: boolean }>
> = {
  'bypass.used': { icon: 'bypass', what: 'Emergency bypass', loud: true },
  'session.refused': { icon: 'blocked', what: 'Refused', loud: true },
  'recording.stored': { icon: 'page', what: 'Recording stored', loud: false },
  'recording.viewed': { icon: 'page', what: 'Recording viewed', loud: false },
};

function otherLine(row: OtherRow): EventLine {
  const face = OTHERS[row.kind] ?? { icon: 'page', what: row.kind, loud: false };
  const by = row.byName === '' ? row.byEmail : row.byName;
  return line(row, {
    ...face,
    detail: sentences([
      row.kind === 'bypass.used'
        ? [row.how, row.person === '' ? '' : `by ${shortPerson(row.person)}`]
            .filter((part) => part !== '')
            .join(' ')
        : '',
      row.kind === 'recording.viewed' ? `by ${shortPerson(by)}` : '',
      row.reason === '' ? '' : `Reason: ${row.reason}`,
    ]),
  });
}

/** Parts as sentences; empty ones are left out. */
function sentences(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .map((part) => (/[.!?]$/.test(part) ? part : `${part}.`))
    .join(' ');
}
