import type { Phrases } from '../../templates/phrases.ts';
import type { Block, Row } from './blocks.ts';
import { figure, type ReportFile, type ReportInput } from './view.ts';

/** Chapter 10: what to compare with a copy from elsewhere. */
export function* trustBlocks({ words, keys, files, signature }: ReportInput): Generator<Block> {
  const head = (key: string): string => words.say(`trust.keysColumns.${key}`);
  yield { kind: 'paragraph', text: words.say('trust.intro') };
  yield {
    kind: 'table',
    title: words.say('trust.keysTable'),
    columns: [
      { head: head('key'), width: 66, names: true },
      { head: head('kind'), width: 108 },
      { head: head('fingerprint'), width: { share: 1 }, style: 'identifier' },
      { head: head('signs'), width: 124, prose: true },
    ],
    rows: keys.map(({ purpose, fingerprint }) => [
      words.say(`keys.${purpose}.name`),
      words.say(`keys.${purpose}.kind`),
      fingerprint,
      words.say(`keys.${purpose}.signs`),
    ]),
  };
  yield { kind: 'heading', level: 2, text: words.say('trust.signature') };
  const signed =
    signature === null ? words.say('trust.unsigned') : words.say('trust.signed', { level: signature });
  yield { kind: 'paragraph', text: signed };
  yield { kind: 'heading', level: 2, text: words.say('trust.files') };
  yield { kind: 'paragraph', text: words.say('trust.own'), style: 'note' };
  const column = (key: string): string => words.say(`trust.filesColumns.${key}`);
  yield {
    kind: 'table',
    title: words.say('trust.filesTable'),
    columns: [
      { head: column('file'), width: { share: 1 }, style: 'identifier' },
      { head: column('bytes'), width: 60, align: 'right' },
      { head: column('hash'), width: 278, style: 'identifier' },
    ],
    rows: fileRows(words, files),
  };
}

/** Folders of many small files, which take one line. Their hashes are in the manifest. */
const FOLDED = ['data/proofs/', 'data/logs/0/tile/'];

function fileRows(words: Phrases, files: readonly ReportFile[]): readonly Row[] {
  const single = files.filter(({ path }) => !FOLDED.some((folder) => path.startsWith(folder)));
  const folded = FOLDED.flatMap((folder): Row[] => {
    const inside = files.filter(({ path }) => path.startsWith(folder));
    if (inside.length === 0) return [];
    const bytes = inside.reduce((sum, file) => sum + file.bytes, 0);
    const hashes = { text: words.say('trust.folded', { count: inside.length }), style: 'cell' } as const;
    return [[folder, figure(bytes), hashes]];
  });
  return [...single.map(({ path, bytes, sha256 }) => [path, figure(bytes), sha256]), ...folded];
}
