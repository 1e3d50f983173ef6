/** What kind of figure a limit is; durations are kept in milliseconds. */
export type LimitUnit = 'duration' | 'count' | 'version';

export interface LimitDefinition {
  readonly unit: LimitUnit;
  /** Default as a person would write it. */
  readonly default: string;
  readonly meaning: string;
}

/** The limits an organisation sets. ISO gives no numbers: every default is ours until the organisation adopts it. */
export const limitDefinitions = {
  GRACE: { unit: 'duration', default: '5m', meaning: 'Activity tolerated after an approval expired.' },
  REVOKE_GRACE: {
    unit: 'duration',
    default: '0',
    meaning: 'Activity tolerated after an approval was revoked.',
  },
  PRIV_MAX: { unit: 'duration', default: '8h', meaning: 'Longest privileged session.' },
  BYPASS_REVIEW_MAX: {
    unit: 'duration',
    default: '24h',
    meaning: 'Time until an emergency bypass is reviewed by another person.',
  },
  LEAVER_MAX: { unit: 'duration', default: '15m', meaning: 'Time until a leaver has lost every access.' },
  KEY_MAX_AGE: { unit: 'duration', default: '90d', meaning: 'Oldest key or stored credential in use.' },
  REVIEW_INTERVAL: { unit: 'duration', default: '90d', meaning: 'Longest time between two access reviews.' },
  LOGIN_MAX_AGE: { unit: 'duration', default: '12h', meaning: 'Oldest sign-in behind a session.' },
  IDLE_MAX: { unit: 'duration', default: '30m', meaning: 'Longest idle stretch of a session.' },
  SESSION_MAX: { unit: 'duration', default: '12h', meaning: 'Longest session.' },
  TRIAGE_MAX: {
    unit: 'duration',
    default: '72h',
    meaning: 'Time until a blocked or detected event is judged.',
  },
  ALERT_MAX: { unit: 'duration', default: '15m', meaning: 'Time from an event to its alert.' },
  HEARTBEAT_MAX: {
    unit: 'duration',
    default: '10m',
    meaning: 'Longest silence of a source before it counts as blind.',
  },
  CLOCK_MAX: { unit: 'duration', default: '1s', meaning: 'Largest clock offset of a source.' },
  EXPORT_LIMIT: {
    unit: 'count',
    default: '10000',
    meaning: 'Rows above which a read counts as a bulk export.',
  },
  CANARY_DAYS: { unit: 'count', default: '7', meaning: 'Days between two canary reads.' },
  EMERGENCY_DAYS: { unit: 'count', default: '5', meaning: 'Days until an emergency change has its ticket.' },
  ADMIN_MAX: { unit: 'count', default: '5', meaning: 'Most administrators of the gateway.' },
  FAIL_N: { unit: 'count', default: '10', meaning: 'Failed sign-ins that make a burst.' },
  FAIL_W: { unit: 'duration', default: '10m', meaning: 'Width of the window that a burst fits in.' },
  OPEN_MAX: {
    unit: 'duration',
    default: '48h',
    meaning: 'Longest time a session may stay open before its missing end is an exception.',
  },
  BLIND_MAX: {
    unit: 'duration',
    default: '0',
    meaning: 'Blind time up to which a test still has a headline.',
  },
  RETENTION_MIN: { unit: 'duration', default: '1y', meaning: 'Shortest time that records are kept.' },
  TLS_MIN: { unit: 'version', default: '1.2', meaning: 'Lowest TLS version of the gateway.' },
} as const satisfies Record<string, LimitDefinition>;

export type LimitName = keyof typeof limitDefinitions;

export interface Limit {
  readonly name: LimitName;
  /** As configured or defaulted, for printing. */
  readonly text: string;
  /** Milliseconds, a count, or a version number times 10. */
  readonly value: number;
  /** False: prints as "annexa default, not adopted by the organisation". */
  readonly adopted: boolean;
}

export type Limits = Readonly<Record<LimitName, Limit>>;

/** Names of the organisation's own tags that give environments and sensitivity a meaning. */
export interface TagMeaning {
  /** Name of the tag that holds the environment. */
  readonly environment: string;
  readonly production: readonly string[];
  readonly sensitive: readonly string[];
  readonly privileged: readonly string[];
}
