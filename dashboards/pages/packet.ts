import { AnnexaError } from '../../domain/errors.ts';
import type { PacketRecord, PacketStep, Verification } from '../../domain/ports.ts';
import { address } from '../links.ts';
import { faceOf, namingOrder } from '../outcomes.ts';
import type { Desk, PageView, Visit } from '../page.ts';
import { capitalised, counted, figure, shortHash } from '../words.ts';
import { controlWords, packetSummary, periodWords } from './packets.ts';
import { readSources } from './sources-model.ts';

const RELOAD_SECONDS = 5;
const MAX_FILES = 300;

/** Is it done, can it be trusted, where did it go? */
export async function packetPage(desk: Desk, visit: Visit, id: string): Promise<PageView> {
  const packet = await desk.packets.state(id);
  if (packet === undefined) {
    throw new AnnexaError('NOT_FOUND', 'there is no packet of this id', {
      where: `packet/${id}`,
      hint: 'The list of packets has all of them.',
    });
  }
  const check = desk.memory.packets.get(id);
  const sources = await readSources(desk, { ...visit.period, ...packet.request.period });
  return {
    template: 'packet',
    title: `Packet ${id}`,
    section: 'packets',
    crumbs: [
      { href: visit.link('/packets'), text: 'Packets' },
      { href: null, text: id },
    ],
    hasPeriod: false,
    ...(packet.stage === 'building' ? { reloadSeconds: RELOAD_SECONDS } : {}),
    model: {
      ...packetSummary(packet, visit),
      csrf: visit.csrf,
      building: packet.stage === 'building',
      built: packet.stage === 'built',
      failed: packet.stage === 'failed',
      sentence: packetSentence(packet, check),
      scope: scopeWords(packet),
      live: `/v1/packets/${id}`,
      done: doneSteps(packet),
      of: packet.steps.length,
      steps: packet.steps.map(stepModel),
      problem: packet.problem,
      againHref: againHref(packet),
      zipHref: `/v1/packets/${id}/packet.zip`,
      pdfHref: `/v1/packets/${id}/report.pdf`,
      zip: packet.zip,
      log: packet.log,
      outcomes:
        packet.outcomes === null
          ? []
          : namingOrder.map((outcome) => ({ face: faceOf(outcome), count: packet.outcomes?.[outcome] ?? 0 })),
      files: packet.files.slice(0, MAX_FILES),
      filesTotal: packet.files.length,
      filesShown: Math.min(packet.files.length, MAX_FILES),
      check: check === undefined ? null : checkModel(check),
      supersedesHref: await earlierHref(desk, visit, packet),
      lineage: lineage(
        packet,
        sources.map((source) => source.source),
      ),
    },
  };
}

/** The first line of the page of a packet. A line of a verification that does not hold changes it. */
export function packetSentence(packet: PacketRecord, check: Verification | undefined): string {
  const period = periodWords(packet);
  if (packet.stage === 'failed') return `The packet for ${period} could not be built.`;
  if (packet.stage === 'building')
    return `Building: ${doneSteps(packet)} of ${packet.steps.length} steps done.`;
  if (check === undefined) return `The packet for ${period} is built and signed.`;
  const wrong = check.checks.filter((line) => !line.valid).length;
  if (wrong > 0)
    return `The packet for ${period} is not valid: ${wrong} of ${counted(check.checks.length, 'check')} ${wrong === 1 ? 'does' : 'do'} not hold.`;
  return `The packet for ${period} is valid: ${counted(check.checks.length, 'check')} of ${check.checks.length} ${check.checks.length === 1 ? 'holds' : 'hold'}.`;
}

export function doneSteps(packet: PacketRecord): number {
  return packet.steps.filter((step) => step.state === 'done').length;
}

/** Checks of a verification; those that do not hold come first. */
export function checkModel(check: Verification): object {
  const lines = check.checks
    .map((line) => ({ name: capitalised(line.name), valid: line.valid, detail: line.detail }))
    .sort((left, right) => Number(left.valid) - Number(right.valid));
  const valid = lines.filter((line) => line.valid).length;
  return {
    at: check.at,
    durationMs: check.durationMs,
    lines,
    valid,
    total: lines.length,
    whole: valid === lines.length,
  };
}

/** A packet can supersede one that is kept elsewhere: only one of this desk has a page. */
async function earlierHref(desk: Desk, visit: Visit, { supersedes }: PacketRecord): Promise<string> {
  if (supersedes === null || (await desk.packets.state(supersedes)) === undefined) return '';
  return visit.link(`/packets/${supersedes}`);
}

/** The form of a new packet, with the choices of this one. */
function againHref({ request }: PacketRecord): string {
  return address('/packets/new', {
    from: request.period.from.slice(0, 10),
    to: request.period.to.slice(0, 10),
    controls: request.controls.join(' '),
  });
}

function stepModel(step: PacketStep): object {
  const icons: Readonly<Record<PacketStep['state'], string>> = {
    done: 'tick',
    now: 'clock',
    later: '',
    failed: 'cross',
  };
  return { ...step, name: capitalised(step.name), icon: icons[step.state], current: step.state === 'now' };
}

function scopeWords(packet: PacketRecord): string {
  const { reader, complete, recordings } = packet.request;
  const parts = [
    periodWords(packet),
    controlWords(packet),
    reader.person === 'full' ? 'who is shown' : 'who is shown by pseudonym',
    reader.content === 'full' ? 'what they typed is shown' : 'what they typed is withheld',
    ...(complete ? ['every entry of the range'] : []),
    ...(recordings ? ['with recordings'] : []),
  ];
  return `${parts.join(', ')}.`;
}

function lineage(packet: PacketRecord, sources: readonly string[]): readonly object[] {
  const { log, outcomes } = packet;
  const tests = outcomes === null ? null : Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return [
    {
      name: 'Sources',
      lines: [sources.length === 0 ? 'none in this period' : sources.slice(0, 5).join(', ')],
      now: false,
    },
    {
      name: 'Log range',
      lines:
        log === null
          ? ['not frozen yet']
          : [`${log.origin}, entries 0 to ${figure(log.size)}, end excluded`, `root ${shortHash(log.root)}`],
      now: false,
    },
    {
      name: 'Tests',
      lines: [tests === null ? 'not run yet' : `${counted(tests, 'test')} of ${controlWords(packet)}`],
      now: false,
    },
    {
      name: 'This packet',
      lines: [packet.id, packet.supersedes === null ? 'supersedes none' : `supersedes ${packet.supersedes}`],
      now: true,
    },
    { name: 'Handed out', lines: ['Each download is an entry of the log.'], now: false },
  ];
}
