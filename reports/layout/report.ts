import { outcomes } from '../../domain/evaluation.ts';
import type { Period } from '../../domain/time.ts';
import type { Attachment, Chapter, Cover, Furniture, Report } from './blocks.ts';
import { annexBlocks } from './annex.ts';
import { controlBlocks } from './controls.ts';
import { preconditionBlocks } from './preconditions.ts';
import { policyBlocks } from './policies.ts';
import { readBlocks } from './how-to-read.ts';
import { registerBlocks } from './register.ts';
import { resultBlocks } from './results.ts';
import { scopeBlocks, systemOf } from './scope.ts';
import { sourceBlocks } from './sources.ts';
import { trustBlocks } from './trust.ts';
import { countOutcome, figure, minute, second, testsOf, type ReportInput } from './view.ts';

/** The report of a packet, as blocks. Pure: the same input gives the same blocks, each made when it is asked for. */
export function layOutReport(input: ReportInput, packetJson: Uint8Array): Report {
  const { packet, words, paper, signature } = input;
  const values = { ...packet, ...packet.period };
  return {
    language: 'en',
    paper,
    about: {
      title: words.say('document.title', values),
      author: packet.organisation,
      subject: words.say('document.subject', values),
      keywords: packet.id,
      at: packet.asOf,
    },
    furniture: furnitureOf(input),
    cover: coverOf(input),
    chapters: chaptersOf(input),
    attachments: [attachmentOf(input, packetJson)],
    signature: signature === null ? null : { by: packet.organisation, says: words.say('document.signature') },
    expectedPages: expectedPages(input),
  };
}

function furnitureOf({ packet, words }: ReportInput): Furniture {
  return {
    left: words.say('page.left'),
    middle: words.say('page.middle', { id: packet.id }),
    right: words.say('page.right', spokenPeriod(packet.period)),
    footer: words.say('page.footer'),
    contents: words.say('page.contents'),
    page: (number) => words.say('page.number', { number }),
    of: (total) => words.say('page.total', { total }),
    continued: (text) => words.say('page.continued', { text }),
    leads: (text, page) => words.say('page.leads', { text, page }),
  };
}

function coverOf(input: ReportInput): Cover {
  const { packet, words } = input;
  const { log, period, previous, reader } = packet;
  const tests = testsOf(packet);
  const label = (name: string): string => words.say(`cover.${name}`);
  return {
    brand: label('brand'),
    title: label('title'),
    subtitle: label('subtitle'),
    line: label('line'),
    period: words.say('cover.period', spokenPeriod(period)),
    facts: [
      [label('organisation'), packet.organisation],
      [label('system'), systemOf(input)],
      [label('packet'), packet.id],
      [label('log'), words.say('cover.range', { origin: log.origin, ...log.range })],
      [label('head'), words.say('cover.headValue', { ...log })],
      [label('prepared'), `${minute(packet.asOf)} UTC`],
      [label('before'), previous === null ? label('none') : words.say('cover.beforeValue', { ...previous })],
      [label('reader'), words.say(`reader.${reader.person}-${reader.content}`)],
    ],
    counts: outcomes.map((mark) => ({
      mark,
      count: figure(countOutcome(tests, mark)),
      word: words.say(`outcomes.${mark}`),
    })),
    closing: words.say('cover.closing', { tests: tests.length }),
  };
}

/** Days where the period consists of whole ones, else to the second. */
function spokenPeriod({ from, to }: Period): { readonly from: string; readonly to: string } {
  const whole = [from, to].every((instant) => instant.slice(11) === '00:00:00.000000Z');
  return whole ? { from: from.slice(0, 10), to: to.slice(0, 10) } : { from: second(from), to: second(to) };
}

/** Room that the short chapters need to follow on. */
const SOURCES_ROOM = 330;
const TRUST_ROOM = 420;

function chaptersOf(input: ReportInput): readonly Chapter[] {
  const title = (key: string): string => input.words.say(`${key}.title`);
  return [
    { number: 1, title: title('read'), blocks: readBlocks(input) },
    { number: 2, title: title('scope'), blocks: scopeBlocks(input) },
    { number: 3, title: title('results'), blocks: resultBlocks(input) },
    { number: 4, title: title('preconditions'), blocks: preconditionBlocks(input) },
    { number: 5, title: title('controls'), blocks: controlBlocks(input) },
    { number: 6, title: title('register'), blocks: registerBlocks(input) },
    { number: 7, title: title('policies'), blocks: policyBlocks(input) },
    { number: 8, title: title('sources'), followsOn: SOURCES_ROOM, blocks: sourceBlocks(input) },
    { number: 9, title: title('annex'), blocks: annexBlocks(input) },
    { number: 10, title: title('trust'), followsOn: TRUST_ROOM, blocks: trustBlocks(input) },
  ];
}

function attachmentOf({ words }: ReportInput, bytes: Uint8Array): Attachment {
  const description = words.say('document.attachment');
  return { name: 'packet.json', description, mediaType: 'application/json', bytes };
}

const PAGES_WITHOUT_ROWS = 40;
const ROWS_ON_A_PAGE = 24;

function expectedPages({ packet }: ReportInput): number {
  const rows = testsOf(packet).reduce((sum, test) => sum + test.exceptions, 0);
  return PAGES_WITHOUT_ROWS + Math.ceil(rows / ROWS_ON_A_PAGE);
}
