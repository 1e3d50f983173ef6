import { formatDuration } from '../../domain/duration.ts';
import type { Evaluation } from '../../domain/evaluation.ts';
import { toMillis } from '../../domain/time.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { sessionEvents } from '../session-events.ts';
import { stripOf } from '../session-strip.ts';
import { counted, day, figure, listed, moment, shortId, shortPerson } from '../words.ts';
import { readSession, type SessionRecord } from './session-read.ts';

/** Who did what, and who allowed it? */
export async function sessionPage(desk: Desk, visit: Visit, id: string): Promise<PageView> {
  const record = await readSession(desk.ask, id);
  const { detail } = record;
  const evaluation = desk.shelf.known(visit.period);
  const events = sessionEvents(record);
  const indexes = events.map((event) => event.index).filter((index) => index >= 0);
  return {
    template: 'session',
    title: `Session ${shortId(id)}`,
    section: 'sessions',
    crumbs: [
      { href: visit.link('/sessions'), text: 'Sessions' },
      { href: null, text: shortId(id) },
    ],
    hasPeriod: true,
    model: {
      session: detail.session,
      when: whenOf(record),
      state: stateWords(record),
      sentence: sessionSentence(record),
      summary: summaryOf(record),
      strip: stripOf(stripInput(desk, record)) ?? null,
      events,
      entries: new Set(indexes).size,
      first: indexes.length === 0 ? 0 : Math.min(...indexes),
      last: indexes.length === 0 ? 0 : Math.max(...indexes),
      moreCommands: record.commandsTotal - record.commands.length,
      commandsShown: record.commands.length,
      commandsTotal: record.commandsTotal,
      proofHref: visit.link('/log', { look: detail.index }),
      recording: recordingOf(record, visit),
      facts: factsOf(record),
      tests: evaluation === undefined ? [] : testsOf(evaluation, record, visit),
      evaluated: evaluation !== undefined,
      label: visit.period.label,
      outside: detail.time < visit.period.from || detail.time >= visit.period.to,
    },
  };
}

/** `dan.dev used pg-orders-prod for 6 min 39 s, approved by sam.sre.` */
export function sessionSentence({ detail, decisions }: SessionRecord): string {
  const person = detail.personName === '' ? shortPerson(detail.person) : detail.personName;
  const target = detail.resource === '' ? 'an unnamed target' : detail.resource;
  const granted = decisions.filter((decision) => decision.decision === 'granted');
  const names = [
    ...new Set(
      granted.map((decision) =>
        decision.approverWho === '' ? 'nobody named' : shortPerson(decision.approver),
      ),
    ),
  ];
  const forced = granted.some((decision) => decision.forced === true || decision.forced === 1);
  const allowed = names.length === 0 ? '' : `, ${forced ? 'forced' : 'approved'} by ${listed(names)}`;
  if (detail.state === 'requested') return `${person} asked for ${target} and was not let in${allowed}.`;
  if (detail.state === 'open') return `${person} began to use ${target}${allowed}; no end is known.`;
  return `${person} used ${target}${lengthOf(detail)}${allowed}.`;
}

function lengthOf(detail: SessionRecord['detail']): string {
  if (detail.durationMs !== null) return ` for ${formatDuration(detail.durationMs)}`;
  if (detail.startedAt === null || detail.endedAt === null) return '';
  return ` for ${formatDuration(toMillis(detail.endedAt) - toMillis(detail.startedAt))}`;
}

function summaryOf({ detail, statementsTotal, blockedTotal, masking }: SessionRecord): string {
  const masked = masking.reduce((sum, row) => sum + row.total, 0);
  const parts = [
    statementsTotal === 0
      ? 'No statements are recorded.'
      : `${counted(statementsTotal, 'statement')}: ${figure(statementsTotal - blockedTotal)} ran, ${figure(blockedTotal)} ${blockedTotal === 1 ? 'was' : 'were'} blocked.`,
    `${counted(masked, 'value')} masked.`,
    detail.purpose === '' && detail.ticket === ''
      ? 'No reason given.'
      : `Reason given: ${[detail.ticket, detail.purpose].filter((text) => text !== '').join(', ')}.`,
  ];
  return parts.join(' ');
}

function whenOf({ detail }: SessionRecord): string {
  if (detail.startedAt === null) return moment(detail.time);
  if (detail.endedAt === null) return `since ${moment(detail.startedAt)}`;
  const end =
    detail.endedAt.slice(0, 10) === detail.startedAt.slice(0, 10)
      ? detail.endedAt.slice(11, 19)
      : `${day(detail.endedAt)} ${detail.endedAt.slice(11, 19)}`;
  return `${day(detail.startedAt)}, ${detail.startedAt.slice(11, 19)} to ${end} UTC`;
}

function stateWords({ detail }: SessionRecord): string {
  if (detail.state === 'requested') return 'never released';
  if (detail.state === 'open') return 'no end known';
  return detail.outcome === '' ? 'ended' : `ended ${detail.outcome}`;
}

function stripInput(
  desk: Desk,
  { detail, requests, decisions, commands }: SessionRecord,
): Parameters<typeof stripOf>[0] {
  const granted = decisions.findLast((decision) => decision.decision === 'granted');
  return {
    requestedAt: requests[0]?.requestedAt ?? detail.requestedAt,
    grantedAt: granted?.time ?? null,
    validTo: granted?.validTo ?? null,
    startedAt: detail.startedAt,
    endedAt: detail.endedAt,
    until: desk.clock(),
    blocked: commands.filter((command) => command.kind === 'command.blocked').map((command) => command.time),
  };
}

function recordingOf({ detail }: SessionRecord, visit: Visit): object | null {
  if (detail.recordingSha256 === '') return null;
  return {
    sha256: detail.recordingSha256,
    bytes: detail.recordingBytes,
    truncated: detail.recordingTruncated === true || detail.recordingTruncated === 1,
    href: visit.link(`/sessions/${encodeURIComponent(detail.session)}/recording`),
  };
}

function factsOf({
  detail,
  requests,
}: SessionRecord): readonly { readonly name: string; readonly value: string }[] {
  const facts: readonly (readonly [string, string])[] = [
    ['Person', detail.person === '' ? 'erased' : detail.person],
    ['Identity', detail.who],
    ['Target', [detail.resource, detail.resourceType].filter((text) => text !== '').join(', ')],
    ['Environment', detail.environment],
    ['Verb', detail.verb],
    [
      'Approvals',
      requests.length === 0 && detail.approval === ''
        ? 'none'
        : requests.map((request) => shortId(request.approval)).join(', ') || shortId(detail.approval),
    ],
    ['Source', detail.source],
    ['Versions', detail.versions > 3 ? `${detail.versions} entries of this session in the log` : ''],
  ];
  return facts.filter(([, value]) => value !== '').map(([name, value]) => ({ name, value }));
}

/** Tests that found this session, its statements or its approvals to be an exception. */
function testsOf(evaluation: Evaluation, record: SessionRecord, visit: Visit): readonly object[] {
  const subjects = new Set([
    `session/${record.detail.session}`,
    ...record.requests.map((request) => `approval/${request.approval}`),
  ]);
  return evaluation.controls.flatMap((control) =>
    control.tests.flatMap((test) => {
      const codes = [
        ...new Set(test.items.filter((item) => subjects.has(item.subject)).map((item) => item.code)),
      ];
      return codes.length === 0
        ? []
        : [
            {
              id: test.id,
              title: control.title,
              href: visit.link(`/tests/${test.id}`),
              codes: codes.join(', '),
            },
          ];
    }),
  );
}
