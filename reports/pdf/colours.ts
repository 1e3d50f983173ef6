import type { Tone } from '../layout/blocks.ts';
import { rgb } from './operators.ts';

/** Operands of `rg` and `RG`. Luma tells the outcomes apart on a grey printer, hue only adds to it. */
export const colours = {
  ink: rgb('#16222e'),
  soft: rgb('#4d5d6c'),
  deep: rgb('#10243a'),
  link: rgb('#0b4a8a'),
  white: rgb('#ffffff'),
  pale: rgb('#b8c9db'),
  accent: rgb('#7ac2db'),
  pass: rgb('#4a94b0'),
  exceptions: rgb('#992312'),
  rule: rgb('#c6ced6'),
  hair: rgb('#dfe4e9'),
  head: rgb('#e7ecf1'),
  panel: rgb('#f3f5f7'),
  treeLine: rgb('#29425e'),
  treeNode: rgb('#385473'),
} as const satisfies Record<Tone | 'treeLine' | 'treeNode', string>;

export type Colour = (typeof colours)[keyof typeof colours];
