import { toCanonicalJson } from '../../domain/canonical.ts';
import { AnnexaError } from '../../domain/errors.ts';
import type { PolicyDocument } from '../../domain/policy.ts';
import type { Json } from '../../domain/canonical.ts';
import type { Clock, Instant } from '../../domain/time.ts';
import type { HoopClient } from './client.ts';
import { fieldsOf, listOf, textOf } from './json.ts';
import { toListedIdentities, type ListedIdentity } from './normalise-identity.ts';
import { toPolicyDocument } from './normalise-policy.ts';
import type { Person } from './person.ts';

/** Rules and identities as two readings in a row gave them. */
export interface GatewayState {
  readonly document: PolicyDocument;
  readonly identities: readonly ListedIdentity[];
  /** Start and end of the second of the two readings that agree. */
  readonly read: readonly [Instant, Instant];
  /** Endpoints that this token may not read: what they hold is not in the document. */
  readonly unreadable: readonly string[];
  readonly version: string | undefined;
}

/** Lists and settings that make up the state, by the name under which the normalisers take them. */
export interface StateAnswers {
  readonly serverinfo: unknown;
  readonly connections: readonly unknown[];
  readonly guardrails: unknown;
  readonly maskingRules: unknown;
  readonly approvalRules: readonly unknown[];
  readonly plugins: unknown;
  readonly users: unknown;
  readonly serviceAccounts: unknown;
  readonly machineIdentities: unknown;
  readonly userinfo: unknown;
  readonly apiKeys: unknown;
}

const MAX_READINGS = 5;
const PAGE_SIZE = 100;
const MAX_PAGES = 1_000;

/**
 * Reads rules and identities until two readings in a row agree: the gateway has neither revisions nor transactions.
 * Every read is one whose answer holds no secrets of the gateway for an auditor.
 * `undefined` when they keep changing; throws what the client throws, and SOURCE_REFUSED when a list that every
 * token may read is declined.
 */
export async function readGatewayState(options: {
  readonly client: HoopClient;
  readonly clock: Clock;
  readonly whoOf: (person: Person) => string;
}): Promise<GatewayState | undefined> {
  let before: string | undefined;
  for (let reading = 0; reading < MAX_READINGS; reading += 1) {
    const start = options.clock();
    const { answers, unreadable } = await readAnswers(options.client);
    const identities = toListedIdentities(answers);
    const document = toPolicyDocument(answers, identities, options.whoOf);
    const text = toCanonicalJson({
      document: document as unknown as Json,
      identities: identities as unknown as Json,
    });
    if (before === text) {
      const info = fieldsOf(answers.serverinfo);
      const version = [textOf(info['version']), textOf(info['commit_sha'])]
        .filter((part) => part !== undefined)
        .join(' ');
      return {
        document,
        identities,
        read: [start, options.clock()],
        unreadable,
        version: version === '' ? undefined : version,
      };
    }
    before = text;
  }
  return undefined;
}

async function readAnswers(
  client: HoopClient,
): Promise<{ answers: StateAnswers; unreadable: readonly string[] }> {
  const unreadable: string[] = [];
  const one = async (path: string): Promise<unknown> => {
    const answer = await client.get(path);
    if (answer.kind === 'ok') return answer.value;
    throw new AnnexaError(
      'SOURCE_REFUSED',
      `the gateway declined a list that an auditor may read (${answer.status})`,
      {
        where: `GET /api${path}`,
        hint: 'Give the source the key of a user or API key in the auditor group.',
      },
    );
  };
  const adminOnly = async (path: string): Promise<unknown> => {
    const answer = await client.get(path);
    if (answer.kind === 'ok') return answer.value;
    unreadable.push(path.slice(1));
    return null;
  };
  const answers: StateAnswers = {
    users: await one('/users'),
    serviceAccounts: await one('/serviceaccounts'),
    machineIdentities: await one('/machineidentities'),
    userinfo: await one('/userinfo'),
    serverinfo: await one('/serverinfo'),
    connections: await pages(one, '/connections'),
    approvalRules: await pages(one, '/access-requests/rules'),
    guardrails: await one('/guardrails'),
    maskingRules: await one('/datamasking-rules'),
    plugins: await one('/plugins'),
    apiKeys: await adminOnly('/api-keys'),
  };
  // Bundled rules are hidden from every other list; their attachment shows on connections only to administrators.
  await adminOnly('/rulepacks');
  return { answers, unreadable };
}

async function pages(one: (path: string) => Promise<unknown>, path: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await one(`${path}?page=${page}&page_size=${PAGE_SIZE}`);
    const data = listOf(Array.isArray(answer) ? answer : fieldsOf(answer)['data']);
    rows.push(...data);
    if (data.length < PAGE_SIZE || Array.isArray(answer)) return rows;
  }
  throw new AnnexaError('SOURCE_MALFORMED', `a list does not end after ${MAX_PAGES} pages`, {
    where: `GET /api${path}`,
  });
}
