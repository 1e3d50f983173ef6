import type {
  ApprovalRule,
  BlockRule,
  MaskingRule,
  PolicyDocument,
  PolicyGrant,
  PolicyResource,
} from '../../domain/policy.ts';
import { fieldsOf, listOf, numberOf, textOf, textsOf } from './json.ts';
import type { ListedIdentity } from './normalise-identity.ts';
import type { Person } from './person.ts';
import type { StateAnswers } from './read-state.ts';

interface Connection {
  readonly id: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The gateway's rules in the form that every source shares. Arrays are sorted, people are pseudonyms, and what
 * changes without being a rule (status, dates, hosts, descriptions, commands) or may be a secret is left out.
 */
export function toPolicyDocument(
  answers: StateAnswers,
  identities: readonly ListedIdentity[],
  whoOf: (person: Person) => string,
): PolicyDocument {
  const connections = answers.connections.flatMap(toConnection).toSorted(byName);
  const members = identities.flatMap(({ person, groups }) =>
    groups.map((group) => ({ group, identity: whoOf(person) })),
  );
  return {
    resources: connections.map(toResource),
    grants: grantsOf(answers.plugins),
    approvals: [
      ...listOf(answers.approvalRules).map((rule) => toApprovalRule(rule, connections)),
      ...connections.flatMap(legacyRule),
    ].toSorted((a, b) => compare(a.rule, b.rule)),
    masking: listOf(answers.maskingRules)
      .map((rule) => toMaskingRule(rule, connections))
      .toSorted((a, b) => compare(a.rule, b.rule)),
    blocking: listOf(answers.guardrails)
      .flatMap((rule) => toBlockRules(rule, connections))
      .toSorted((a, b) => compare(a.rule, b.rule) || compare(a.direction, b.direction)),
    members: members.toSorted((a, b) => compare(a.group, b.group) || compare(a.identity, b.identity)),
    signIn: signInOf(answers.serverinfo),
  };
}

function toConnection(value: unknown): readonly Connection[] {
  const fields = fieldsOf(value);
  const name = textOf(fields['name']);
  return name === undefined ? [] : [{ id: textOf(fields['id']) ?? name, name, fields }];
}

/** Every session of hoop is recorded: the audit plugin cannot be taken off a connection by its settings. */
function toResource({ name, fields }: Connection): PolicyResource {
  const tags = Object.entries(fieldsOf(fields['connection_tags'])).map(
    ([tag, value]) => [tag, String(value)] as const,
  );
  return {
    name,
    type: textOf(fields['subtype']) ?? textOf(fields['type']) ?? 'unknown',
    tags: Object.fromEntries(tags),
    recording: true,
  };
}

/** Without the access-control plugin the gateway grants every connection to everybody. */
function grantsOf(plugins: unknown): readonly PolicyGrant[] {
  const plugin = listOf(plugins)
    .map(fieldsOf)
    .find((fields) => fields['name'] === 'access_control');
  const everything = (principal: string): PolicyGrant => ({
    principal,
    resource: '*',
    roles: ['access'],
    until: null,
  });
  if (plugin === undefined) return [everything('*')];
  const grants = listOf(plugin['connections']).flatMap((entry) => {
    const { name, config } = fieldsOf(entry);
    const resource = textOf(name);
    if (resource === undefined) return [];
    return textsOf(config).map((group) => ({
      principal: `group:${group}`,
      resource,
      roles: ['access'],
      until: null,
    }));
  });
  return [everything('group:admin'), everything('group:auditor'), ...grants].toSorted(
    (a, b) => compare(a.principal, b.principal) || compare(a.resource, b.resource),
  );
}

function toApprovalRule(value: unknown, connections: readonly Connection[]): ApprovalRule {
  const rule = fieldsOf(value);
  const reviewers = groupsOf(rule['reviewers_groups']);
  const required = groupsOf(rule['approval_required_groups']);
  const access = textOf(rule['access_type']) ?? '';
  const maxSeconds = numberOf(rule['access_max_duration']);
  const all = rule['all_groups_must_approve'] === true ? reviewers.length : 1;
  return {
    rule: textOf(rule['name']) ?? textOf(rule['id']) ?? 'unnamed',
    resources: resourcesOf(
      { names: textsOf(rule['connection_names']), attributes: textsOf(rule['attributes']) },
      connections,
    ),
    kinds: [
      ...(access.includes('command') ? (['one-time'] as const) : []),
      ...(access.includes('jit') ? (['window'] as const) : []),
    ],
    requiredFor: required.length === 0 ? ['*'] : required,
    reviewers,
    needed: numberOf(rule['min_approvals']) ?? all,
    force: groupsOf(rule['force_approval_groups']),
    skip: groupsOf(rule['skip_review_groups']),
    ...(maxSeconds === undefined ? {} : { maxDurationMs: maxSeconds * 1000 }),
  };
}

/** Reviewers set on the connection itself, as gateways did before there were rules. */
function legacyRule({ name, fields }: Connection): readonly ApprovalRule[] {
  const reviewers = groupsOf(fields['reviewers']);
  if (reviewers.length === 0) return [];
  const maxSeconds = numberOf(fields['access_max_duration']);
  return [
    {
      rule: `connection:${name}`,
      resources: [name],
      kinds: ['one-time', 'window'],
      requiredFor: ['*'],
      reviewers,
      needed: numberOf(fields['min_review_approvals']) ?? reviewers.length,
      force: groupsOf(fields['force_approve_groups']),
      skip: [],
      ...(maxSeconds === undefined ? {} : { maxDurationMs: maxSeconds * 1000 }),
    },
  ];
}

function toMaskingRule(value: unknown, connections: readonly Connection[]): MaskingRule {
  const rule = fieldsOf(value);
  const supported = listOf(rule['supported_entity_types']).flatMap((entry) =>
    textsOf(fieldsOf(entry)['entity_types']),
  );
  const custom = listOf(rule['custom_entity_types']).flatMap(
    (entry) => textOf(fieldsOf(entry)['name']) ?? [],
  );
  return {
    rule: textOf(rule['name']) ?? 'unnamed',
    resources: resourcesOf(
      { ids: textsOf(rule['connection_ids']), attributes: textsOf(rule['attributes']) },
      connections,
    ),
    types: [...new Set([...supported, ...custom])].toSorted(),
  };
}

/** One rule for each direction that has any; the agent applies the words as written. */
function toBlockRules(value: unknown, connections: readonly Connection[]): readonly BlockRule[] {
  const rule = fieldsOf(value);
  const id = textOf(rule['id']);
  const attached = connections.filter(
    ({ fields }) => id !== undefined && textsOf(fields['guardrail_rules']).includes(id),
  );
  const resources = resourcesOf(
    {
      ids: textsOf(rule['connection_ids']),
      attributes: textsOf(rule['attributes']),
      names: attached.map(({ name }) => name),
    },
    connections,
  );
  return (['input', 'output'] as const).flatMap((direction) => {
    const parts = listOf(fieldsOf(rule[direction])['rules']).map(fieldsOf);
    if (parts.length === 0) return [];
    return [
      {
        rule: textOf(rule['name']) ?? 'unnamed',
        resources,
        direction,
        action: 'block' as const,
        words: [...new Set(parts.flatMap((part) => textsOf(part['words'])))].toSorted(),
        patterns: textsOf(parts.map((part) => part['pattern_regex'])),
        operations: [],
        caseSensitive: true,
      },
    ];
  });
}

interface Scope {
  readonly ids?: readonly string[];
  readonly names?: readonly string[];
  readonly attributes?: readonly string[];
}

function resourcesOf(scope: Scope, connections: readonly Connection[]): readonly string[] {
  const attributes = new Set(scope.attributes ?? []);
  const matched = connections.filter(
    ({ id, fields }) =>
      scope.ids?.includes(id) === true || textsOf(fields['attributes']).some((name) => attributes.has(name)),
  );
  return [...new Set([...(scope.names ?? []), ...matched.map(({ name }) => name)])].toSorted();
}

function signInOf(serverinfo: unknown): PolicyDocument['signIn'] {
  const method = textOf(fieldsOf(serverinfo)['auth_method']);
  return method === undefined ? {} : { method, localLogin: method === 'local' };
}

function groupsOf(value: unknown): readonly string[] {
  return textsOf(value).map((group) => `group:${group}`);
}

function byName(a: Connection, b: Connection): number {
  return compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
