import { transform } from 'esbuild';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** A build of our own: a file's text by its name. `say` in it notes what happens. */
type Build = Readonly<Record<string, string>>;

const SAY = 'reloadctlTestSay';
let launcher: string;
let directory: string;
let said: unknown[];

beforeAll(async () => {
  const source = readFileSync(new URL('../../../src/launch.ts', import.meta.url), 'utf8');
  ({ code: launcher } = await transform(source, { loader: 'ts', format: 'cjs' }));
});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-launch-'));
  said = [];
  Reflect.set(globalThis, SAY, (...words: unknown[]) => said.push(...words));
});

afterEach(() => {
  Reflect.deleteProperty(globalThis, SAY);
  rmSync(directory, { recursive: true, force: true });
});

const chunk = (code: string): string =>
  `(function (exports, require, module) {${code.replaceAll('say(', `${SAY}(`)}})`;

const common = (chunks: Build): string =>
  `({${Object.entries(chunks)
    .map(([name, code]) => `${JSON.stringify(name)}: ${chunk(code)}`)
    .join(',\n')}})`;

/** Runs the launcher as Node would run dist/cli.js, and gives back what was said. */
function launch(files: Build): readonly unknown[] {
  const path = join(directory, 'cli.cjs');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  writeFileSync(path, launcher);
  createRequire(path)(path);
  return said;
}

describe('a chunk', () => {
  it('of the common file needs no file of its own', () => {
    const files = {
      'main.js': common({ 'main.js': "say(require('./a.js').a);", 'a.js': 'exports.a = 1;' }),
    };
    expect(launch(files)).toEqual([1]);
  });

  it('with a file of its own is run once, when it is first needed', () => {
    const files = {
      'main.js': common({
        'main.js': "say('main'); const a = require('./a.js'); say(a === require('./a.js'), a.a);",
      }),
      'a.js': chunk("say('a'); exports.a = 1;"),
    };
    expect(launch(files)).toEqual(['main', 'a', true, 1]);
  });

  it('that is not needed is not even looked at', () => {
    expect(launch({ 'main.js': common({ 'main.js': "say('main');" }), 'a.js': '}' })).toEqual([
      'main',
    ]);
  });

  it('may put something else in the place of its exports', () => {
    const files = {
      'main.js': common({ 'main.js': "say(require('./a.js').b);" }),
      'a.js': chunk('exports.b = 1; module.exports = { b: 2 };'),
    };
    expect(launch(files)).toEqual([2]);
  });

  it('that needs one which needs it sees the exports as far as they are there', () => {
    const files = {
      'main.js': common({ 'main.js': "say(require('./a.js').late());" }),
      'a.js': chunk("exports.one = 1; exports.late = require('./b.js').late; exports.two = 2;"),
      'b.js': chunk("const a = require('./a.js'); say(a.two); exports.late = () => a.one + a.two;"),
    };
    expect(launch(files)).toEqual([undefined, 3]);
  });
});

describe('a module of Node', () => {
  it.each(['node:path', 'path'])('is found as %s', (id) => {
    expect(launch({ 'main.js': common({ 'main.js': `say(require('${id}').sep);` }) })).toEqual([
      '/',
    ]);
  });

  it('that does not exist is missing in the usual words', () => {
    const files = { 'main.js': common({ 'main.js': "require('left-pad');" }) };
    expect(() => launch(files)).toThrow("Cannot find module 'left-pad'");
  });
});

it('an error names the file and the line of the build', () => {
  const files = {
    'main.js': common({ 'main.js': "require('./a.js');" }),
    'a.js': chunk("\nfunction fail() {\n  throw new Error('x');\n}\nfail();"),
  };
  let stack = '';
  try {
    launch(files);
  } catch (error) {
    stack = error instanceof Error ? (error.stack ?? '') : '';
  }
  expect(stack).toMatch(/at fail \(reloadctl\/dist\/a\.js:3:9\)/);
});

describe('compiled code', () => {
  const { size } = statSync(process.execPath);
  const ours = `${process.version}-${process.platform}-${process.arch}-${size}`;

  it.each([
    ['none for this file', 'b.js', 'x'],
    ['nothing', 'main.js', ''],
    ['something else', 'main.js', 'this is no compiled code'],
  ])('that is %s changes nothing', (_, name, content) => {
    mkdirSync(join(directory, 'compiled', ours), { recursive: true });
    writeFileSync(join(directory, 'compiled', ours, name), content);
    expect(launch({ 'main.js': common({ 'main.js': "say('main');" }) })).toEqual(['main']);
  });
});
