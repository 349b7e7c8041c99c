import { expect, test } from 'vitest';
import { createTheme } from '../../../src/terminal/theme.ts';
import { UNDER_DAEMON, UNDER_SUPERVISORD, type Deployment } from '../../demo/deployment.ts';
import type { Measured } from '../../demo/measure-deployment.ts';
import { finalRow } from '../../demo/rows.ts';
import { createTable } from '../../demo/table.ts';

const theme = createTheme({ color: false, unicode: false });
const WORST: Measured = {
  sent: 2000,
  failed: 2000,
  longestMs: 10_000,
  lagMs: 0,
  serves: undefined,
  exitCode: 143,
  firstError: '',
};

test.for([59, 60, 75, 76, 80, 200])('the table fits %i columns', (columns) => {
  const table = createTable(columns, theme);
  const lines = [table.header()];
  for (const deployment of [...UNDER_SUPERVISORD.deployments, ...UNDER_DAEMON.deployments]) {
    for (const measured of [WORST, { ...WORST, serves: deployment.before }]) {
      lines.push(table.row(finalRow(deployment, measured, table.isNarrow)));
    }
  }
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  // Where every line has the same width, every column stands below its title.
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});

test('a row says that nothing serves, or that nothing was changed', () => {
  const broken: Deployment = { way: 'bare HUP', version: 'v2', boots: false, before: 'v1' };
  const table = createTable(80, theme);
  expect(table.row(finalRow(broken, WORST, false))).toContain('nothing: down');
  expect(table.row(finalRow(broken, { ...WORST, serves: 'v1' }, false))).toContain('v1, unchanged');
});
