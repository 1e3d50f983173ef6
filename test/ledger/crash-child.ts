import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSealer } from '../../ledger/seal.ts';
import { testSigner } from './keys-for-tests.ts';
import { openRealLog } from './real-log.ts';

// Grows and seals a log, then grows it again and dies by SIGKILL when the step named on the command line is reached.
const [data = '', step, origin = ''] = process.argv.slice(2);
const signer = testSigner(origin, { privateKey: createPrivateKey(readFileSync(`${data}/key.pem`)) });
const log = await openRealLog(data);
await log.grow(250);
await createSealer({ store: log.store, dataDirectory: data, log: 0, origin, signer }).seal();
await log.grow(20);
const checkpoint = (name: string): void => {
  if (name === step) process.kill(process.pid, 'SIGKILL');
};
await createSealer({ store: log.store, dataDirectory: data, log: 0, origin, signer, checkpoint }).seal();
