import { createWriteStream } from 'node:fs';
import type { Report } from './layout/blocks.ts';
import { writeReport, type WrittenReport } from './pdf/write-report.ts';

/** Writes a report to a file. Its bytes depend on the report alone. */
export async function writeReportFile(report: Report, file: string): Promise<WrittenReport> {
  const out = createWriteStream(file);
  const closed = new Promise<void>((resolve) => {
    out.on('close', resolve);
  });
  const written = await writeReport(report, out);
  await closed;
  return written;
}
