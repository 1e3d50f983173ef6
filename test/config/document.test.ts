import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { documentConfig } from '../../config/document.ts';

it('documents every field of the configuration (annexa config document > docs/configuration.md)', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toBe(documentConfig());
});
