import { expect, it } from 'vitest';
import { defineConfig } from '../../../src/config/config.ts';

it('gives the very table back, unchecked', () => {
  const table = { routes: [] };
  expect(defineConfig(table)).toBe(table);
});
