import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PREDICATE_TYPE } from '../../ledger/trust.ts';
import { writePacket } from '../../reports/write-packet.ts';
import { has } from '../sign/programs.ts';
import { createTestCatalogue } from './controls.ts';
import { openTestLog, policyEvent, sampleEvents, testPeriod, type TestLog } from './log.ts';

/** Programs that VERIFY.md names. */
const programs = [
  'sha256sum',
  'bagit.py',
  'cosign',
  'jq',
  'openssl',
  'pdfsig',
  'pyhanko',
  'pdfdetach',
  'python3',
  'annexa',
];

let log: TestLog;
let directory = '';
let blocks: string[] = [];

beforeAll(async () => {
  log = await openTestLog();
  await log.append([policyEvent()], '2026-06-15T00:00:00Z');
  await log.append(sampleEvents(12), '2026-08-02T00:00:00Z');
  const written = await writePacket({
    period: testPeriod,
    controls: [],
    complete: false,
    reader: { person: 'full', content: 'full' },
    organisation: 'ACME',
    controlsSha256: 'c'.repeat(64),
    soa: null,
    log: { number: 0, vkey: log.vkey, anchored: 'none' },
    predicateType: PREDICATE_TYPE,
    store: log.store,
    ledger: log.ledger,
    ...createTestCatalogue(log.store),
    signers: { attestation: log.keys.attestation, report: log.keys.pdf },
    out: join(log.directory, 'packet.zip'),
  });
  directory = join(log.directory, 'unpacked', 'packet');
  mkdirSync(directory, { recursive: true });
  execFileSync('unzip', ['-q', written.path, '-d', directory]);
  cpSync(log.trust, join(log.directory, 'unpacked', 'trust'), { recursive: true });
  blocks = blocksOf(readFileSync(join(directory, 'VERIFY.md'), 'utf8'));
});

afterAll(() => log.close());

/** Indented blocks of a Markdown text, without their indent. */
function blocksOf(text: string): string[] {
  const found = text.match(/(?:^ {4}.*\n|^\n(?= {4}))+/gm) ?? [];
  return found.map((block) => block.replace(/^ {4}/gm, '').trim()).filter((block) => block !== '');
}

const needs = (command: string): string[] =>
  programs.filter((program) =>
    new RegExp(`(^|[\\s|(])${program.replace('.', '\\.')}( |$)`, 'm').test(command),
  );

describe.skipIf(!has('unzip') || !has('bash'))('VERIFY.md', () => {
  it('has no command that fails on a packet that is right', () => {
    const commands = blocks.flatMap((block) =>
      needs(block).every((program) => has(program)) ? [block] : block.split(/\n(?=\S)/),
    );
    const runnable = commands.filter(
      (command) => !needs(command).includes('annexa') && needs(command).every((program) => has(program)),
    );
    expect(runnable.length).toBeGreaterThan(5);
    for (const command of runnable) run(command);
  });

  it('finds a changed byte with sha256sum', () => {
    const file = join(directory, 'data/access-summary.csv');
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from('x')]));
    const manifests = blocks.find((block) => block.includes('manifest-sha256.txt')) ?? '';
    expect(() => run(manifests)).toThrow(/did NOT match/);
    writeFileSync(file, bytes);
  });

  it.skipIf(!has('python3'))('opens every disclosure with the script it prints', () => {
    const script = blocks.find((block) => block.startsWith('python3')) ?? '';
    expect(run(script)).toMatch(/^\d+ disclosures committed to, 0 not$/m);
  });

  it.skipIf(!has('jq') || !has('openssl'))('checks attestation and checkpoint with openssl alone', () => {
    const said = blocks
      .filter((block) => /openssl (dgst|pkeyutl)/.test(block))
      .map(run)
      .join('\n');
    expect(said).toMatch(/Verified OK/);
    expect(said).toMatch(/Signature Verified Successfully/);
  });
});

function run(command: string): string {
  const options: ExecFileSyncOptionsWithStringEncoding = { cwd: directory, encoding: 'utf8', stdio: 'pipe' };
  return execFileSync('bash', ['-eu', '-o', 'pipefail', '-c', command], options);
}
