const CLASSES: readonly (readonly [string, RegExp])[] = [
  ['export', /^copy\b[\s\S]*\bto\b/i],
  ['write', /^(insert|update|delete|merge|replace|copy|call|do)\b/i],
  ['schema', /^(create|alter|drop|truncate|comment|reindex|rename)\b/i],
  ['admin', /^(grant|revoke|set\s+role|reset|vacuum|analyze|cluster|checkpoint|security)\b/i],
  ['read', /^(select|show|explain|table|values|fetch|describe|desc)\b/i],
];
const WITH_WRITE = /\b(insert\s+into|update|delete\s+from|merge\s+into)\b/i;

/** What a SQL statement does, by its leading word; undefined when that is not enough to tell. */
export function classifySql(statement: string): string | undefined {
  const text = statement.replace(/^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '');
  if (/^with\b/i.test(text)) return WITH_WRITE.test(text) ? 'write' : 'read';
  return CLASSES.find(([, pattern]) => pattern.test(text))?.[0];
}
