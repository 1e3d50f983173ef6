import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { toInstant } from '../../domain/time.ts';
import { createSealer, type SealStep } from '../../ledger/seal.ts';
import { verifyLog } from '../../ledger/verify-log.ts';
import { testSigner } from './keys-for-tests.ts';
import { openRealLog } from './real-log.ts';

const origin = 'example.com/acme/main';
const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

describe('a process killed while it seals', () => {
  const published: Readonly<Record<SealStep, number>> = {
    'tiles-written': 250,
    'state-written': 250,
    'checkpoint-written': 270,
  };
  for (const [step, size] of Object.entries(published)) {
    it(`at "${step}" leaves a log that the next one seals and that holds`, async () => {
      const data = mkdtempSync(join(tmpdir(), 'annexa-crash-'));
      directories.push(data);
      const pair = generateKeyPairSync('ed25519');
      writeFileSync(join(data, 'key.pem'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const ended = spawnSync(process.execPath, ['--import', 'tsx', child, data, step, origin], {
        encoding: 'utf8',
      });
      expect(ended.signal, ended.stderr).toBe('SIGKILL');
      expect(readFileSync(join(data, 'log', '0', 'checkpoint'), 'utf8').split('\n')[1]).toBe(String(size));
      const signer = testSigner(origin, pair);
      const log = await openRealLog(data);
      const place = { dataDirectory: data, log: 0, origin, key: signer.key };
      try {
        expect((await createSealer({ ...place, store: log.store, signer }).seal()).size).toBe(270);
        const clock = () => toInstant('2026-11-21T08:00:00Z', 'test');
        const { checks } = await verifyLog({ ...place, store: log.store, clock });
        expect(checks.filter((check) => !check.valid)).toEqual([]);
      } finally {
        await log.close();
      }
    });
  }
});
