import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { addMillis, toMillis, type Clock, type Instant } from '../domain/time.ts';
import { openSeal, parseCookies, sealText } from './cookies.ts';

export type Role = 'admin' | 'compliance' | 'auditor';

/** Who is signed in. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

export interface SignInOptions {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** Signs the cookies; 32 random bytes. A new key signs everybody out. */
  readonly key: Uint8Array;
  /** True when browsers reach annexa by https: the cookie then never travels without it. */
  readonly secure: boolean;
}

export interface Session {
  readonly principal: Principal;
  /** For the hidden field of forms. */
  readonly csrf: string;
  /** Set when the cookie has to be given out again, because time went by. */
  readonly renewed: string | undefined;
}

export interface SignIn {
  /** A code that signs this person in once, within ten minutes. Printed by the composition root as a link. */
  issueCode(principal: Principal): string;
  /**
   * Spends a code: a cookie, or the reason why not. `limited` when this address, or everybody together, tried too
   * often within a minute; nothing is then compared.
   */
  redeem(
    code: string,
    address: string,
  ): { readonly cookie: string } | { readonly refused: 'unknown' | 'limited' };
  /** The session of a cookie header; undefined when there is none, it is not ours, it has expired or was signed out. */
  session(cookieHeader: string | undefined): Session | undefined;
  /** Ends the session of this cookie header for good; returns the header that removes the cookie. */
  signOut(cookieHeader: string | undefined): string;
  isCsrfToken(session: Session, token: string): boolean;
}

const COOKIE = 'annexa';
const CODE_BYTES = 24;
const CODE_LIFE_MS = 600_000;
const MAX_CODES = 100;
/** A session ends when nothing was asked for this long, and after twelve hours in any case. */
const IDLE_MS = 3_600_000;
const ABSOLUTE_MS = 12 * 3_600_000;
const RENEW_MS = 60_000;
const ATTEMPT_WINDOW_MS = 60_000;
const ATTEMPTS_PER_ADDRESS = 10;
const ATTEMPTS_IN_ALL = 100;
const MAX_ADDRESSES = 1_000;
const MAX_SIGNED_OUT = 10_000;

interface Ticket {
  readonly hash: Buffer;
  readonly principal: Principal;
  readonly until: Instant;
}

interface Sealed {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly since: Instant;
  readonly seen: Instant;
}

/** Sign-in by a one-time code, and the signed cookie that follows. Keeps no session on the server. */
export function createSignIn(options: SignInOptions): SignIn {
  const { clock, key } = options;
  const tickets = new Map<string, Ticket>();
  const signedOut = new Map<string, Instant>();
  const limiter = createLimiter(clock);

  const cookieOf = (sealed: Sealed): string =>
    `${COOKIE}=${sealText(key, JSON.stringify(sealed))}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${ABSOLUTE_MS / 1000}${options.secure ? '; Secure' : ''}`;

  const read = (header: string | undefined): Sealed | undefined => {
    const seal = parseCookies(header).get(COOKIE);
    const text = seal === undefined ? undefined : openSeal(key, seal);
    if (text === undefined) return undefined;
    // Sealed by us: the shape is what cookieOf wrote.
    const sealed = JSON.parse(text) as Sealed;
    const now = toMillis(clock());
    const alive = now - toMillis(sealed.seen) < IDLE_MS && now - toMillis(sealed.since) < ABSOLUTE_MS;
    return alive && !signedOut.has(sealed.id) ? sealed : undefined;
  };

  return {
    issueCode(principal) {
      const code = Buffer.from(options.random(CODE_BYTES)).toString('base64url');
      const hash = createHash('sha256').update(code).digest();
      evictOldest(tickets, MAX_CODES);
      tickets.set(hash.toString('hex'), { hash, principal, until: addMillis(clock(), CODE_LIFE_MS) });
      return code;
    },
    redeem(code, address) {
      if (!limiter(address)) return { refused: 'limited' };
      const hash = createHash('sha256').update(code).digest();
      let found: Ticket | undefined;
      for (const ticket of tickets.values()) {
        if (timingSafeEqual(ticket.hash, hash)) found = ticket;
      }
      if (found === undefined) return { refused: 'unknown' };
      tickets.delete(found.hash.toString('hex'));
      if (found.until <= clock()) return { refused: 'unknown' };
      const now = clock();
      const id = Buffer.from(options.random(16)).toString('base64url');
      return { cookie: cookieOf({ id, ...found.principal, since: now, seen: now }) };
    },
    session(header) {
      const sealed = read(header);
      if (sealed === undefined) return undefined;
      const now = clock();
      const stale = toMillis(now) - toMillis(sealed.seen) >= RENEW_MS;
      return {
        principal: { name: sealed.name, role: sealed.role },
        csrf: csrfToken(key, sealed.id),
        renewed: stale ? cookieOf({ ...sealed, seen: now }) : undefined,
      };
    },
    signOut(header) {
      const sealed = read(header);
      if (sealed !== undefined) {
        evictOldest(signedOut, MAX_SIGNED_OUT);
        signedOut.set(sealed.id, clock());
      }
      return `${COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${options.secure ? '; Secure' : ''}`;
    },
    isCsrfToken(session, token) {
      const [given, expected] = [Buffer.from(token), Buffer.from(session.csrf)];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

function csrfToken(key: Uint8Array, id: string): string {
  return createHmac('sha256', key).update(`csrf:${id}`).digest('base64url');
}

/** True while an address may try again. Remembers at most a thousand addresses; a flood of them meets the common limit. */
function createLimiter(clock: Clock): (address: string) => boolean {
  const attempts = new Map<string, { since: number; count: number }>();
  const everybody = { since: 0, count: 0 };
  const take = (counter: { since: number; count: number }, limit: number): boolean => {
    const now = toMillis(clock());
    if (now - counter.since >= ATTEMPT_WINDOW_MS) {
      counter.since = now;
      counter.count = 0;
    }
    counter.count += 1;
    return counter.count <= limit;
  };
  return (address) => {
    const counter = attempts.get(address) ?? { since: 0, count: 0 };
    if (!attempts.has(address)) {
      evictOldest(attempts, MAX_ADDRESSES);
      attempts.set(address, counter);
    }
    return take(counter, ATTEMPTS_PER_ADDRESS) && take(everybody, ATTEMPTS_IN_ALL);
  };
}

function evictOldest(map: Map<string, unknown>, limit: number): void {
  const oldest = map.keys().next();
  if (map.size >= limit && oldest.done !== true) map.delete(oldest.value);
}
