import { scenarios as sA_5_15_T1 } from './A.5.15-T1.ts';
import { scenarios as sA_5_15_T2 } from './A.5.15-T2.ts';
import { scenarios as sA_5_15_T3 } from './A.5.15-T3.ts';
import { scenarios as sA_5_16_T2 } from './A.5.16-T2.ts';
import { scenarios as sA_5_18_T1 } from './A.5.18-T1.ts';
import { scenarios as sA_5_18_T2 } from './A.5.18-T2.ts';
import { scenarios as sA_5_3_T1 } from './A.5.3-T1.ts';
import { scenarios as sA_5_3_T2 } from './A.5.3-T2.ts';
import { scenarios as sA_8_11_T1 } from './A.8.11-T1.ts';
import { scenarios as sA_8_11_T3 } from './A.8.11-T3.ts';
import { scenarios as sA_8_15_T1 } from './A.8.15-T1.ts';
import { scenarios as sA_8_15_T2 } from './A.8.15-T2.ts';
import { scenarios as sA_8_15_T3 } from './A.8.15-T3.ts';
import { scenarios as sA_8_2_T1_approved } from './A.8.2-T1-approved.ts';
import { scenarios as sA_8_2_T1_authenticated } from './A.8.2-T1-authenticated.ts';
import { scenarios as sA_8_2_T1_recorded } from './A.8.2-T1-recorded.ts';
import { scenarios as sA_8_2_T1_short } from './A.8.2-T1-short.ts';
import { scenarios as sA_8_2_T3 } from './A.8.2-T3.ts';
import { scenarios as sA_8_3_T1 } from './A.8.3-T1.ts';
import type { Scenario } from './scenario.ts';

/** Every working test with its table of scenarios. */
export const scenariosOf: Readonly<Record<string, readonly Scenario[]>> = {
  'A.5.15-T1': sA_5_15_T1,
  'A.5.15-T2': sA_5_15_T2,
  'A.5.15-T3': sA_5_15_T3,
  'A.5.16-T2': sA_5_16_T2,
  'A.5.18-T1': sA_5_18_T1,
  'A.5.18-T2': sA_5_18_T2,
  'A.5.3-T1': sA_5_3_T1,
  'A.5.3-T2': sA_5_3_T2,
  'A.8.11-T1': sA_8_11_T1,
  'A.8.11-T3': sA_8_11_T3,
  'A.8.15-T1': sA_8_15_T1,
  'A.8.15-T2': sA_8_15_T2,
  'A.8.15-T3': sA_8_15_T3,
  'A.8.2-T1-approved': sA_8_2_T1_approved,
  'A.8.2-T1-authenticated': sA_8_2_T1_authenticated,
  'A.8.2-T1-recorded': sA_8_2_T1_recorded,
  'A.8.2-T1-short': sA_8_2_T1_short,
  'A.8.2-T3': sA_8_2_T3,
  'A.8.3-T1': sA_8_3_T1,
};
