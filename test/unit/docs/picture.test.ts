import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drawRecording } from '../../docs/terminal-svg.ts';
import { REPOSITORY } from '../../rig/place.ts';

const picture = readFileSync(join(REPOSITORY, 'docs/reload.svg'), 'utf8');

test('docs/reload.svg shows a reload without a failed request, and nothing of the machine', () => {
  expect(picture).toMatch(/usercenter: reloaded \(bridge, 4 workers, \d+\.\d s\)/);
  expect(picture).toMatch(/\d+ answered, 0 failed/);
  expect(picture).not.toMatch(/\/(?:work|root|home|tmp)\//);
});

test('a recording stands still on its last frame where nothing may move', () => {
  const look = { column: 0, width: 3, bold: false, dim: false };
  const svg = drawRecording({
    columns: 10,
    title: 'a <title>',
    caption: 'a & b',
    frames: [
      { atMs: 0, rows: [[{ ...look, text: 'one' }]] },
      { atMs: 500, rows: [[{ ...look, text: 'two', color: 2, bold: true }]] },
    ],
  });
  const [still = '', moving = ''] = svg.split('@media (prefers-reduced-motion:no-preference)');
  expect(still).toContain('.f{visibility:hidden}.f1{visibility:visible}');
  expect(still).not.toContain('animation');
  expect(moving).toContain('@keyframes k0');
  expect(svg).toContain('<title>a &lt;title></title>');
  expect(svg).toContain('a &amp; b');
  expect(svg).toContain('class="c2 b"');
});
