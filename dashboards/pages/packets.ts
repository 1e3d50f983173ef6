import { AnnexaError } from '../../domain/errors.ts';
import type { PacketRecord, PacketRequest } from '../../domain/ports.ts';
import { faceOf, namingOrder, tallyOf } from '../outcomes.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { choosePeriod } from '../period.ts';
import { PAGE_ROWS } from '../search.ts';
import { day, listed, moment } from '../words.ts';
import { blindIntervals } from './sources-model.ts';
import { waitingPage } from './waiting.ts';

const EARLIER = 3;
const MAX_CONTROLS = 200;

/** Every packet that was built or asked for, newest first. */
export async function packetsPage(desk: Desk, visit: Visit): Promise<PageView> {
  const before = visit.query.get('after') ?? '';
  const { packets, total } = await desk.packets.list(
    before === '' ? { limit: PAGE_ROWS } : { limit: PAGE_ROWS, before },
  );
  const last = packets.at(-1);
  return {
    template: 'packets',
    title: 'Packets',
    section: 'packets',
    crumbs: [{ href: null, text: 'Packets' }],
    hasPeriod: false,
    model: {
      total,
      shown: packets.length,
      continued: before !== '',
      newHref: visit.link('/packets/new'),
      nextHref:
        packets.length === PAGE_ROWS && last !== undefined ? visit.link('/packets', { after: last.id }) : '',
      rows: packets.map((packet) => listRow(packet, visit)),
    },
  };
}

function listRow(packet: PacketRecord, visit: Visit): object {
  const { outcomes } = packet;
  const counts =
    outcomes === null
      ? []
      : namingOrder.map((outcome) => ({ word: faceOf(outcome).word, count: outcomes[outcome] }));
  return { ...packetSummary(packet, visit), counts };
}

/** A form that was sent back, with what is wrong by field. */
export interface PacketProblem {
  readonly field: string;
  readonly message: string;
}

/** What would it hold? */
export async function newPacketPage(
  desk: Desk,
  visit: Visit,
  problems: readonly PacketProblem[] = [],
): Promise<PageView> {
  const evaluation = await desk.shelf.shown(visit.period);
  if (evaluation === undefined) return waitingPage(visit, { section: 'packets', title: 'New packet' });
  const { packets } = await desk.packets.list({ limit: EARLIER });
  const counts = tallyOf(evaluation.controls);
  const tests = evaluation.controls.flatMap((control) => control.tests);
  const open = tests.reduce((sum, test) => sum + test.exceptions - test.accepted, 0);
  const asked = visit.query.get('controls') ?? '';
  const posted = visit.query.has('sent');
  return {
    template: 'packet-new',
    title: 'New packet',
    section: 'packets',
    crumbs: [
      { href: visit.link('/packets'), text: 'Packets' },
      { href: null, text: 'New' },
    ],
    hasPeriod: true,
    ...(problems.length > 0 ? { status: 400 } : {}),
    model: {
      csrf: visit.csrf,
      label: visit.period.label,
      tests: tests.length,
      controlsTotal: evaluation.controls.length,
      entries: evaluation.logs.reduce((sum, log) => sum + log.size, 0),
      from: posted ? (visit.query.get('from') ?? '') : visit.period.from.slice(0, 10),
      to: posted ? (visit.query.get('to') ?? '') : visit.period.to.slice(0, 10),
      someControls: asked !== '',
      controls: asked,
      person: !posted || visit.query.get('person') === 'full',
      content: visit.query.get('content') === 'full',
      complete: visit.query.get('complete') === 'yes',
      recordings: visit.query.get('recordings') === 'yes',
      problems,
      problemFields: Object.fromEntries(
        ['period', 'controls'].map((field) => [
          field,
          problems.find((problem) => problem.field === field)?.message ?? '',
        ]),
      ),
      says: namingOrder.map((outcome) => ({ face: faceOf(outcome), count: counts[outcome] })),
      withoutEvidence: evaluation.controls.filter((control) => control.tests.length === 0).length,
      open,
      exceptionsHref: visit.link('/exceptions'),
      blind: blindIntervals(evaluation).length,
      sourcesHref: visit.link('/sources#blind'),
      earlier: packets.map((packet) => packetSummary(packet, visit)),
    },
  };
}

/** Reads the form; the problems are empty exactly when the request is there. */
export function parsePacketForm(
  form: URLSearchParams,
  by: string,
): { readonly request: PacketRequest | undefined; readonly problems: readonly PacketProblem[] } {
  const problems: PacketProblem[] = [];
  const controls =
    form.get('which') === 'some'
      ? (form.get('controls') ?? '').split(/[\s,;]+/).filter((id) => id !== '')
      : [];
  if (form.get('which') === 'some' && controls.length === 0) {
    problems.push({
      field: 'controls',
      message: 'Name at least one control, like A.5.18 or A.9.2, or choose all.',
    });
  }
  if (controls.length > MAX_CONTROLS)
    problems.push({ field: 'controls', message: `Name at most ${MAX_CONTROLS} controls.` });
  const strange = controls.filter((id) => !/^A\.\d{1,2}(\.\d{1,2}){0,3}$/.test(id));
  if (strange.length > 0)
    problems.push({
      field: 'controls',
      message: `${listed(strange.slice(0, 3))} is no id of a control. Ids look like A.5.18.`,
    });
  const period = parsePeriod(form, problems);
  if (problems.length > 0 || period === undefined) return { request: undefined, problems };
  return {
    problems,
    request: {
      period,
      controls,
      reader: {
        person: form.get('person') === 'full' ? 'full' : 'pseudonym',
        content: form.get('content') === 'full' ? 'full' : 'withheld',
      },
      complete: form.get('complete') === 'yes',
      recordings: form.get('recordings') === 'yes',
      by,
    },
  };
}

function parsePeriod(form: URLSearchParams, problems: PacketProblem[]): PacketRequest['period'] | undefined {
  const dates = new URLSearchParams({ from: form.get('from') ?? '', to: form.get('to') ?? '' });
  try {
    if (dates.get('from') === '' || dates.get('to') === '')
      throw new AnnexaError('USAGE', 'a date is missing');
    const { from, to } = choosePeriod(
      dates,
      '2000-01-01T00:00:00.000000Z' as PacketRequest['period']['from'],
    );
    return { from, to };
  } catch (error) {
    if (!(error instanceof AnnexaError)) throw error;
    problems.push({
      field: 'period',
      message: 'Give two days, the second one later than the first, like 2026-10-01 and 2026-11-01.',
    });
    return undefined;
  }
}

/** A packet as lists name it. */
export function packetSummary(packet: PacketRecord, visit: Visit): object {
  return {
    id: packet.id,
    href: visit.link(`/packets/${packet.id}`),
    period: periodWords(packet),
    controls: controlWords(packet),
    stage: packet.stage,
    askedAt: packet.askedAt,
    asked: moment(packet.askedAt),
    by: packet.request.by,
    bytes: packet.zip?.bytes ?? null,
    supersedes: packet.supersedes ?? '',
  };
}

export function periodWords(packet: PacketRecord): string {
  const { from, to } = packet.request.period;
  const monthly = from.endsWith('-01T00:00:00.000000Z') && to.endsWith('-01T00:00:00.000000Z');
  if (monthly) {
    const month = choosePeriod(new URLSearchParams({ period: from.slice(0, 7) }), from);
    if (month.to === to) return month.label;
  }
  return `${day(from)} to ${day(to)}`;
}

export function controlWords(packet: PacketRecord): string {
  const { controls } = packet.request;
  if (controls.length === 0) return 'all controls';
  return controls.length <= 4 ? listed(controls) : `${controls.length} controls`;
}
