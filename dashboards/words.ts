const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July',
  'August', 'September', 'October', 'November', 'December',
] as const; // prettier-ignore

/** 48211 → `48,211`. */
export function figure(amount: number): string {
  return String(Math.trunc(amount)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 session`, `41 sessions`; the plural is given where it is not the noun with an s. */
export function counted(amount: number, noun: string, plural = `${noun}s`): string {
  return `${figure(amount)} ${amount === 1 ? noun : plural}`;
}

export function monthName(month: number): string {
  return MONTHS[month - 1] ?? '';
}

/** `29 Oct 2026`. */
export function day(instant: string): string {
  return `${Number(instant.slice(8, 10))} ${monthName(Number(instant.slice(5, 7))).slice(0, 3)} ${instant.slice(0, 4)}`;
}

/** `29 Oct 08:31`, for tables whose header says UTC. */
export function dayAndMinute(instant: string): string {
  return `${day(instant).slice(0, -5)} ${instant.slice(11, 16)}`;
}

/** `29 Oct 08:31:12`, where minutes would not tell two apart. */
export function dayAndSecond(instant: string): string {
  return `${day(instant).slice(0, -5)} ${instant.slice(11, 19)}`;
}

/** `29 Oct 2026 08:31:12 UTC`. */
export function moment(instant: string): string {
  return `${day(instant)} ${instant.slice(11, 19)} UTC`;
}

/** With microseconds, as the log keeps it. */
export function exactMoment(instant: string): string {
  return `${day(instant)} ${instant.slice(11, 26)} UTC`;
}

export function clockTime(instant: string): string {
  return instant.slice(11, 19);
}

/** First 6 … last 4 of a hash. */
export function shortHash(hash: string): string {
  return hash.length > 12 ? `${hash.slice(0, 6)}…${hash.slice(-4)}` : hash;
}

/** The first 8 characters of an id, as people quote it. */
export function shortId(id: string): string {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id) || id.length > 20 ? id.slice(0, 8) : id;
}

/** The part of an address before the at sign, the first characters of a mere id; `erased` when nothing is left to show. */
export function shortPerson(person: string): string {
  if (person === '') return 'erased';
  const at = person.indexOf('@');
  if (at > 0) return person.slice(0, at);
  return /^[\da-z-]{21,}$/.test(person) ? shortId(person) : person;
}

const SIZES = ['bytes', 'KiB', 'MiB', 'GiB'] as const;

export function size(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < SIZES.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? figure(amount) : amount.toFixed(1)} ${SIZES[unit] ?? ''}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

export function capitalised(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
