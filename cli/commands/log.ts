import { AnnexaError } from '../../domain/errors.ts';
import { formatTlogProof } from '../../ledger/tlog-proof.ts';
import { createProgress, progressBar, type CommandIo } from '../io.ts';
import type { Runtime } from '../runtime.ts';

export async function printCheckpoint(runtime: Runtime, io: CommandIo): Promise<number> {
  io.out((await runtime.seal()).note);
  return 0;
}

export async function printProof(runtime: Runtime, text: string, io: CommandIo): Promise<number> {
  if (!/^\d{1,15}$/.test(text)) {
    throw new AnnexaError('USAGE', `"${text}" is not an index`, {
      hint: 'Indexes are whole numbers from 0.',
    });
  }
  const index = Number(text);
  const checkpoint = await runtime.seal();
  if (index >= checkpoint.size) {
    throw new AnnexaError('NOT_FOUND', `the log has no entry ${index}`, {
      hint: `It has ${checkpoint.size} entries, from 0.`,
    });
  }
  const hashes = await runtime.ledger.inclusionProof(index, checkpoint.size);
  io.out(formatTlogProof({ index, hashes, checkpoint: checkpoint.note }));
  return 0;
}

/** Exit code 1 when anything differs; every line names what and where. */
export async function verify(runtime: Runtime, options: { io: CommandIo; json: boolean }): Promise<number> {
  const { io, json } = options;
  const progress = createProgress(io);
  const verification = await runtime.verifyLog((done, total, label) =>
    progress.show(progressBar(done, total, label)),
  );
  progress.clear();
  const valid = verification.checks.every((check) => check.valid);
  if (json) {
    io.out(`${JSON.stringify({ valid, ...verification }, null, 1)}\n`);
  } else {
    const lines = verification.checks.map(
      (check) => `${check.valid ? 'ok    ' : 'DIFFERS'} ${check.name}: ${check.detail}\n`,
    );
    io.out(
      `${lines.join('')}${valid ? 'valid' : 'NOT VALID'}: ${verification.size} entries, ${(verification.durationMs / 1000).toFixed(1)} s\n`,
    );
  }
  return valid ? 0 : 1;
}

export async function rebuild(runtime: Runtime, io: CommandIo): Promise<number> {
  const checkpoint = await runtime.sealer.rebuild();
  io.out(`Rebuilt the tiles of ${checkpoint.size} entries; the root is the signed one.\n`);
  return 0;
}
