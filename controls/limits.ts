import { toDurationMs } from '../domain/duration.ts';
import { AnnexaError } from '../domain/errors.ts';
import { limitDefinitions, type Limit, type LimitName, type Limits } from '../domain/limits.ts';

/**
 * Every limit with its value: the organisation's where it set one (`adopted`), else ours.
 * Throws CONFIG_INVALID for an unknown name or a value that does not fit the limit's unit.
 */
export function resolveLimits(configured: Readonly<Record<string, string>> = {}): Limits {
  for (const name of Object.keys(configured)) {
    if (!isLimitName(name)) {
      throw new AnnexaError('CONFIG_INVALID', `there is no limit "${name}"`, {
        where: `controls.limits.${name}`,
        hint: `Limits are ${Object.keys(limitDefinitions).join(', ')}.`,
      });
    }
  }
  const names = Object.keys(limitDefinitions).filter(isLimitName);
  const resolved = names.map((name) => [name, resolve(name, configured[name])] as const);
  return Object.fromEntries(resolved) as Limits;
}

export function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(limitDefinitions, name);
}

function resolve(name: LimitName, configured: string | undefined): Limit {
  const text = configured ?? limitDefinitions[name].default;
  return { name, text, value: toValue(name, text), adopted: configured !== undefined };
}

function toValue(name: LimitName, text: string): number {
  const where = `controls.limits.${name}`;
  const { unit } = limitDefinitions[name];
  if (unit === 'duration') return toDurationMs(text, where);
  const pattern = unit === 'count' ? /^\d{1,15}$/ : /^\d\.\d$/;
  if (!pattern.test(text.trim())) {
    throw new AnnexaError('CONFIG_INVALID', `"${text}" is not a ${unit}`, {
      where,
      hint: unit === 'count' ? 'Write a whole number.' : 'Write it like 1.2.',
    });
  }
  return unit === 'count' ? Number(text) : Math.round(Number(text) * 10);
}
