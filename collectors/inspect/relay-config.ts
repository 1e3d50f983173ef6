import { readFileSync } from 'node:fs';
import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { AnnexaError } from '../../domain/errors.ts';
import type { BlockRule, MaskingRule, PolicyDocument } from '../../domain/policy.ts';

const maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const Rule = Type.Object({
  name: Type.String(),
  type: maybe(Type.String()),
  operations: maybe(Type.Array(Type.String())),
  entities: maybe(Type.Array(Type.String())),
  patterns: maybe(Type.Array(Type.String())),
  words: maybe(Type.Array(Type.String())),
});
const Policy = Type.Object({ enforce: maybe(Type.Boolean()), rules: maybe(Type.Array(Rule)) });
const Mask = Type.Object({
  enabled: maybe(Type.Boolean()),
  rules: maybe(Type.Array(Type.Object({ name: Type.String(), entity: Type.String() }))),
});
const Listener = Type.Object({
  name: Type.String(),
  protocol: maybe(Type.String()),
  connection: maybe(Type.String()),
  policy: maybe(Policy),
  mask: maybe(Mask),
});
const RelayConfig = Type.Object({
  policy: maybe(Policy),
  mask: maybe(Mask),
  listeners: maybe(Type.Array(Listener)),
});

export type RelayConfig = Static<typeof RelayConfig>;
/** By listener or connection name, the name under which the gateway knows the resource. */
export type ResourceNames = Readonly<Record<string, string>>;

const check = Compile(RelayConfig);

/** Reads the relay's own configuration. Throws FILE_UNREADABLE, CONFIG_INVALID. */
export function readRelayConfig(path: string): RelayConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AnnexaError('FILE_UNREADABLE', 'the configuration of the relay cannot be read', {
      where: path,
      cause,
    });
  }
  try {
    const value: unknown = parse(text);
    if (check.Check(value)) return value;
    const [error] = check.Errors(value);
    throw new TypeError(
      error === undefined ? 'not a configuration' : `${error.instancePath} ${error.message}`,
    );
  } catch (cause) {
    throw new AnnexaError('CONFIG_INVALID', 'the configuration of the relay is not understood', {
      where: path,
      cause,
    });
  }
}

/**
 * The relay's rules in the form that every source shares. A lane that only observes has its rules with action `warn`;
 * a lane without a setting of its own takes the relay's, and a relay without one observes. Addresses are left out.
 */
export function toRelayPolicy(config: RelayConfig, names: ResourceNames): PolicyDocument {
  const lanes = (config.listeners ?? []).map((listener) => ({
    listener,
    resource: resourceOf(listener, names),
  }));
  const shared = config.policy?.rules ?? [];
  const blocking = lanes.flatMap(({ listener, resource }) => {
    const enforce = listener.policy?.enforce ?? config.policy?.enforce ?? false;
    return [...shared, ...(listener.policy?.rules ?? [])].map((rule) =>
      toBlockRule(rule, { resource, enforce }),
    );
  });
  const masking = lanes.flatMap(({ listener, resource }) => {
    const mask = listener.mask ?? config.mask;
    return mask?.enabled === true
      ? (mask.rules ?? []).map((rule) => ({ rule: rule.name, type: rule.entity, resource }))
      : [];
  });
  return {
    resources: [...new Map(lanes.map(({ listener, resource }) => [resource, listener.protocol ?? 'unknown']))]
      .map(([name, type]) => ({ name, type, tags: {}, recording: true }))
      .toSorted(byText((resource) => resource.name)),
    grants: [],
    approvals: [],
    masking: toMaskingRules(masking),
    blocking: blocking.toSorted(byText((rule) => `${rule.rule}\n${rule.resources.join()}`)),
    members: [],
    signIn: {},
  };
}

/** Whether the rules of a resource's lane block, or only watch; undefined for a resource of no lane. */
export function enforces(config: RelayConfig, resource: string, names: ResourceNames): boolean | undefined {
  const lane = (config.listeners ?? []).find((listener) => resourceOf(listener, names) === resource);
  return lane === undefined ? undefined : (lane.policy?.enforce ?? config.policy?.enforce ?? false);
}

/** The same rule on several lanes is one rule. */
function toMaskingRules(
  lanes: readonly { readonly rule: string; readonly type: string; readonly resource: string }[],
): readonly MaskingRule[] {
  const rules = new Map<
    string,
    { readonly rule: string; readonly types: string[]; readonly resources: Set<string> }
  >();
  for (const { rule, type, resource } of lanes) {
    const known = rules.get(`${rule}\n${type}`) ?? { rule, types: [type], resources: new Set<string>() };
    known.resources.add(resource);
    rules.set(`${rule}\n${type}`, known);
  }
  return [...rules.values()]
    .map(({ rule, types, resources }) => ({ rule, types, resources: [...resources].toSorted() }))
    .toSorted(byText((rule) => `${rule.rule}\n${rule.types.join()}`));
}

function resourceOf(listener: Static<typeof Listener>, names: ResourceNames): string {
  const connection = listener.connection ?? listener.name;
  return names[listener.name] ?? names[connection] ?? connection;
}

function toBlockRule(rule: Static<typeof Rule>, lane: { resource: string; enforce: boolean }): BlockRule {
  return {
    rule: rule.name,
    resources: [lane.resource],
    direction: 'input',
    action: lane.enforce ? 'block' : 'warn',
    words: (rule.words ?? []).toSorted(),
    patterns: (rule.patterns ?? []).toSorted(),
    operations: (rule.operations ?? []).toSorted(),
    ...(rule.entities === null || rule.entities === undefined ? {} : { entities: rule.entities.toSorted() }),
    caseSensitive: false,
  };
}

function byText<T>(text: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}
