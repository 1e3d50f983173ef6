/** The work on a packet, in order. */
export const packetSteps = [
  'scope',
  'evaluate',
  'populations',
  'cited entries',
  'proofs',
  'report',
  'sign',
  'zip',
  'self-verify',
] as const;
type PacketStepName = (typeof packetSteps)[number];

/** How far a step is; `total` is 1 where it has no parts. */
export interface PacketProgress {
  readonly name: PacketStepName;
  readonly done: number;
  readonly total: number;
}
