import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

export interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  /** Absent where compression gains nothing. */
  readonly gzip: Buffer | undefined;
}

export interface Assets {
  /** By file name. */
  readonly files: ReadonlyMap<string, Asset>;
  /** Names the whole set: it stands in the addresses, so that answers can be kept for ever. */
  readonly digest: string;
  readonly hrefs: {
    readonly css: string;
    readonly script: string;
    readonly font: string;
    readonly icon: string;
  };
}

const TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
} as const;

const FONTS = {
  'inter-latin.woff2': '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  'inter-latin-ext.woff2': '@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2',
  'plex-mono-400.woff2': '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2',
  'plex-mono-500.woff2': '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-500-normal.woff2',
} as const;

/** Reads the style sheet, the script, the icon and the fonts into memory, once: eight small files. */
export function loadAssets(): Assets {
  const packages = createRequire(import.meta.url);
  const own = (name: string): Buffer => readFileSync(new URL(`./assets/${name}`, import.meta.url));
  const files = new Map<string, Asset>([
    ['annexa.css', toAsset(own('annexa.css'), 'css')],
    ['annexa.js', toAsset(own('annexa.js'), 'js')],
    ['icon.svg', toAsset(own('icon.svg'), 'svg')],
  ]);
  for (const [name, path] of Object.entries(FONTS))
    files.set(name, toAsset(readFileSync(packages.resolve(path)), 'woff2'));
  const hash = createHash('sha256');
  for (const [name, asset] of files) hash.update(name).update(asset.bytes);
  const digest = hash.digest('hex').slice(0, 16);
  const href = (name: string): string => `/assets/${digest}/${name}`;
  return {
    files,
    digest,
    hrefs: {
      css: href('annexa.css'),
      script: href('annexa.js'),
      font: href('inter-latin.woff2'),
      icon: href('icon.svg'),
    },
  };
}

function toAsset(bytes: Buffer, kind: keyof typeof TYPES): Asset {
  return { type: TYPES[kind], bytes, gzip: kind === 'woff2' ? undefined : gzipSync(bytes, { level: 9 }) };
}
