import type { PacketPolicy } from '../../domain/packet.ts';
import type { Block } from './blocks.ts';
import { figure, second, type ReportInput } from './view.ts';

/** Chapter 7: which policy was in force when. */
export function* policyBlocks({ packet, words }: ReportInput): Generator<Block> {
  if (packet.policies.length === 0) {
    yield { kind: 'paragraph', text: words.say('policies.empty') };
    return;
  }
  const head = (key: string): string => words.say(`policies.columns.${key}`);
  const before = new Map<string, PacketPolicy>();
  const rows = packet.policies.map((policy) => {
    const change = describe(policy, before.get(policy.source));
    before.set(policy.source, policy);
    const to = policy.inForceTo === null ? words.say('policies.open') : second(policy.inForceTo);
    return [policy.source, second(policy.inForceFrom), to, change, figure(policy.index), policy.sha256];
  });
  yield { kind: 'paragraph', text: words.say('policies.intro') };
  yield {
    kind: 'table',
    title: words.say('policies.table'),
    columns: [
      { head: head('source'), width: 52 },
      { head: head('from'), width: 56 },
      { head: head('to'), width: 56 },
      { head: head('change'), width: { share: 1 } },
      { head: head('index'), width: 48, align: 'right' },
      { head: head('hash'), width: 148, style: 'identifier' },
    ],
    rows,
  };

  function describe(policy: PacketPolicy, previous: PacketPolicy | undefined): string {
    const counts = Object.entries(policy.counts ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
    if (previous === undefined) {
      return counts.map(([name, count]) => words.say('policies.count', { name, count })).join(', ');
    }
    const changed = counts.filter(([name, count]) => previous.counts?.[name] !== count);
    if (changed.length === 0) return words.say('policies.same');
    return changed
      .map(([name, count]) =>
        words.say('policies.change', { name, count, before: previous.counts?.[name] ?? 0 }),
      )
      .join(', ');
  }
}
