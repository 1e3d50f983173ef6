/** At most two decimals: a hundredth of a point is finer than any printer. */
export function decimal(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return rounded === 0 ? '0' : String(rounded);
}

/** `#rrggbb` as three operands of `rg` and `RG`. */
export function rgb(hex: string): string {
  const channel = (at: number): string =>
    String(Math.round((Number.parseInt(hex.slice(at, at + 2), 16) / 255) * 1000) / 1000);
  return `${channel(1)} ${channel(3)} ${channel(5)}`;
}

/** Path of a rectangle; native coordinates, y upwards. */
export function rectangle(x: number, y: number, width: number, height: number): string {
  return `${decimal(x)} ${decimal(y)} ${decimal(width)} ${decimal(height)} re `;
}

/** A stroked line. */
export function line(x1: number, y1: number, x2: number, y2: number): string {
  return `${decimal(x1)} ${decimal(y1)} m ${decimal(x2)} ${decimal(y2)} l S\n`;
}

/** A closed path through points. */
export function polygon(points: readonly (readonly [number, number])[]): string {
  return `${openPath(points)}h `;
}

export function openPath(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], at) => `${decimal(x)} ${decimal(y)} ${at === 0 ? 'm' : 'l'} `).join('');
}

/** Part of a radius at which the handles of four Bézier curves lie so that they draw a circle. */
const HANDLE = 0.5523;

/** Path of a circle. */
export function circle(x: number, y: number, radius: number): string {
  const c = radius * HANDLE;
  const curve = (...operands: number[]): string => `${operands.map(decimal).join(' ')} c `;
  return [
    `${decimal(x + radius)} ${decimal(y)} m `,
    curve(x + radius, y + c, x + c, y + radius, x, y + radius),
    curve(x - c, y + radius, x - radius, y + c, x - radius, y),
    curve(x - radius, y - c, x - c, y - radius, x, y - radius),
    curve(x + c, y - radius, x + radius, y - c, x + radius, y),
    'h ',
  ].join('');
}

/** A PDF text string (ISO 32000-1, 7.9.2): ASCII as a literal, all else as UTF-16 with a byte order mark. */
export function textString(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `(${text.replace(/[\\()]/g, '\\$&')})`;
  return `<FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}>`;
}
