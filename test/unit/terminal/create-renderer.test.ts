import { describe, expect, it } from 'vitest';
import { canRedraw, createOutputs, createRenderer } from '../../../src/terminal/create-renderer.ts';
import { JsonRenderer } from '../../../src/terminal/json-renderer.ts';
import { LinesRenderer } from '../../../src/terminal/lines-renderer.ts';
import { LiveRenderer } from '../../../src/terminal/live/live-renderer.ts';
import { columnsOf } from '../../../src/terminal/output-stream.ts';
import { QuietRenderer } from '../../../src/terminal/quiet-renderer.ts';
import { Recorder } from './recorder.ts';

const terminal = new Recorder(80);
const pipe = new Recorder();
const env = { TERM: 'xterm-256color', LANG: 'C.UTF-8' };
const options = { stdout: pipe, stderr: terminal, env, noColor: false, json: false, quiet: false };

describe('createRenderer', () => {
  it('draws live where stderr is a terminal, wherever stdout goes', () => {
    expect(createRenderer(options)).toBeInstanceOf(LiveRenderer);
    expect(createRenderer({ ...options, stderr: pipe })).toBeInstanceOf(LinesRenderer);
  });

  it('does as the options say first', () => {
    expect(createRenderer({ ...options, json: true, quiet: true })).toBeInstanceOf(JsonRenderer);
    expect(createRenderer({ ...options, quiet: true })).toBeInstanceOf(QuietRenderer);
  });

  it.each([
    [{ TERM: 'xterm' }, true],
    [{ TERM: 'dumb' }, false],
    [{}, false],
    [{ TERM: 'xterm', CI: 'true' }, false],
    [{ TERM: 'xterm', CI: 'false' }, true],
    [{ TERM: 'xterm', CI: '' }, true],
  ])('redraws in environment %j: %s', (environment, expected) => {
    expect(canRedraw(terminal, environment)).toBe(expected);
  });
});

describe('createOutputs', () => {
  it('writes ASCII without a UTF-8 locale', () => {
    const outputs = createOutputs({ ...options, env: { LANG: 'C' } });
    expect(outputs.err.theme.plain('→')).toBe('->');
    expect(createOutputs(options).err.theme.plain('→')).toBe('→');
  });
});

describe('columnsOf', () => {
  it('is 80 where nothing is known', () => {
    expect(columnsOf(pipe)).toBe(80);
    expect(columnsOf(new Recorder(132))).toBe(132);
    expect(columnsOf({ write: () => true, isTTY: true, columns: 0 })).toBe(80);
  });
});
