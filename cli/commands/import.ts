import { createReadStream, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { createCollectorHistory } from '../../collectors/history.ts';
import { collectInspect } from '../../collectors/inspect/collect.ts';
import { AnnexaError } from '../../domain/errors.ts';
import { importEvents } from '../../ingest/import.ts';
import { createProgress, progressBar, type CommandIo } from '../io.ts';
import type { Runtime } from '../runtime.ts';

export interface ImportOptions {
  readonly io: CommandIo;
  readonly format: string;
  readonly source?: string;
  readonly inspectConfig?: string;
}

/** Takes events from files or standard input. Exit code 1 when lines were refused; they are kept with their reasons. */
export async function importFiles(
  runtime: Runtime,
  files: readonly string[],
  options: ImportOptions,
): Promise<number> {
  let refused = 0;
  for (const file of files) {
    refused +=
      options.format === 'hoop-inspect'
        ? await importInspect(runtime, file, options)
        : await importCloudEvents(runtime, file, options);
  }
  if (options.format === 'hoop-inspect') await runtime.collectors.link();
  await runtime.seal();
  return refused === 0 ? 0 : 1;
}

async function importCloudEvents(
  runtime: Runtime,
  file: string,
  { io, source }: ImportOptions,
): Promise<number> {
  const path = resolve(io.cwd, file);
  const total = file === '-' ? 0 : sizeOf(path);
  const progress = createProgress(io);
  const result = await importEvents(file === '-' ? io.stdin() : createReadStream(path), {
    appender: runtime.appender,
    sender: source ?? (file === '-' ? 'stdin' : basename(path)),
    onProgress: ({ bytes, accepted }) =>
      progress.show(
        total === 0 ? `${accepted} taken` : progressBar(bytes, total, `bytes, ${accepted} taken`),
      ),
  });
  progress.clear();
  for (const refusal of result.refusals)
    io.err(`${file}:${refusal.line ?? 0}: ${refusal.code}: ${refusal.reason}\n`);
  if (result.refused > result.refusals.length)
    io.err(`${file}: and ${result.refused - result.refusals.length} more refused\n`);
  io.out(`${file}: ${result.accepted} taken, ${result.repeated} there already, ${result.refused} refused\n`);
  return result.refused;
}

async function importInspect(
  runtime: Runtime,
  file: string,
  { io, source, inspectConfig }: ImportOptions,
): Promise<number> {
  if (file === '-')
    throw new AnnexaError('USAGE', 'hoop-inspect is read from a file, not from standard input');
  const path = resolve(io.cwd, file);
  sizeOf(path);
  const report = await collectInspect({
    source: {
      name: source ?? basename(path),
      file: path,
      ...(inspectConfig === undefined ? {} : { config: resolve(io.cwd, inspectConfig) }),
    },
    appender: runtime.appender,
    history: createCollectorHistory(runtime.store),
    keyring: runtime.keys.keyring,
    clock: runtime.clock,
  });
  io.out(`${file}: ${report.accepted} events of ${report.seen} lines, ${report.refused} refused\n`);
  return report.refused;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw new AnnexaError('FILE_UNREADABLE', 'the file cannot be read', {
      where: path,
      hint: 'Check the path and the permissions.',
      cause,
    });
  }
}
