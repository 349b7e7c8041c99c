import { describe, expect, it } from 'vitest';
import { findScript } from '../../../../src/servers/types/node.ts';

describe('the script of a node', () => {
  it.each([
    ['node app.js', 'app.js'],
    ['node --max-old-space-size=400 -r dotenv/config /srv/app.mjs --port 1', '/srv/app.mjs'],
    ['node --import tsx server.cjs', 'server.cjs'],
  ])('%s', (line, script) => {
    expect(findScript(line.split(' '))).toBe(script);
  });

  it.each([
    'node',
    'node -e console.log(1)',
    'node --test app.js',
    'node server.ts',
    'node build/',
    'npm start',
  ])('none in "%s"', (line) => {
    expect(findScript(line.split(' '))).toBeUndefined();
  });
});
