import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AnnexaError } from '../domain/errors.ts';
import type { Appender, ReadStore } from '../domain/ports.ts';
import type { Clock, Instant } from '../domain/time.ts';
import { addMillis } from '../domain/time.ts';

export const tokenRoles = ['ingest'] as const;
export type TokenRole = (typeof tokenRoles)[number];

export interface Tokens {
  /** Creates a token; its text is returned once and only its hash is kept. */
  create(
    role: TokenRole,
    lifetimeMs: number,
  ): Promise<{ readonly name: string; readonly text: string; readonly until: Instant }>;
  /** True when the header carries a live token of the role. Compares in constant time. */
  admits(authorization: string | undefined, role: TokenRole): boolean;
  /** True once any token was created: from then on nobody is let in without one. */
  any(): boolean;
  load(): Promise<void>;
}

export interface TokenDeps {
  readonly store: ReadStore;
  readonly appender: Appender;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
}

interface StoredToken {
  readonly token: string;
  readonly role: string;
  readonly hash: string;
  readonly until: string;
}

const SECRET_BYTES = 32;
const NAME_BYTES = 6;
const sql = readFileSync(new URL('./tokens.sql', import.meta.url), 'utf8');

/** Tokens are events: created and revoked in the log, held in memory only as hashes. */
export function createTokens(deps: TokenDeps): Tokens {
  let live: readonly StoredToken[] = [];
  const load = async (): Promise<void> => {
    live = await deps.store.select<StoredToken>(sql);
  };
  return {
    load,
    any: () => live.length > 0,
    create: async (role, lifetimeMs) => {
      const name = Buffer.from(deps.randomBytes(NAME_BYTES)).toString('hex');
      const text = `anx_${Buffer.from(deps.randomBytes(SECRET_BYTES)).toString('base64url')}`;
      const now = deps.clock();
      const until = addMillis(now, lifetimeMs);
      const receipt = await deps.appender.append([
        {
          source: 'annexa',
          id: `token.created:${name}`,
          kind: 'token.created',
          time: now,
          subject: `token/${name}`,
          data: { token: name, role, until, hash: hashOf(text) },
        },
      ]);
      if (receipt.accepted !== 1)
        throw new AnnexaError('INTERNAL', 'the token could not be written to the log');
      await load();
      return { name, text, until };
    },
    admits: (authorization, role) => {
      const match = /^Bearer (anx_[A-Za-z0-9_-]{20,128})$/.exec(authorization ?? '');
      const given = Buffer.from(hashOf(match?.[1] ?? ''), 'hex');
      const now = deps.clock();
      let admitted = false;
      for (const token of live) {
        const same = timingSafeEqual(given, Buffer.from(token.hash, 'hex'));
        admitted = (same && token.role === role && token.until > now) || admitted;
      }
      return match !== null && admitted;
    },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
