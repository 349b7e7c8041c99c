import { describe, expect, it } from 'vitest';
import { renderOutput } from '../../../src/terminal/output-block.ts';
import { PLAIN } from './recorder.ts';

const render = (text: string): readonly string[] =>
  renderOutput({ source: 'program-log', text }, PLAIN);

describe('output of somebody else', () => {
  it('is an indented block under a header that says whose it is', () => {
    expect(render('\nTraceback:\r\n\tx = 1\n\n')).toEqual([
      "The program's log says:",
      '    Traceback:',
      '    \tx = 1',
    ]);
    expect(renderOutput({ source: 'preflight', text: 'x' }, PLAIN)[0]).toBe(
      'The new version said when it was tried aside:',
    );
  });

  it('is escaped and without passwords', () => {
    expect(render('\u001b[31mredis://:pw@h\u202e')[1]).toBe('    \\x1b[31mredis://:***@h\\u{202e}');
  });

  it('is its end where it is long', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    const block = render(lines.join('\n'));
    expect(block).toHaveLength(41);
    expect(block[0]).toBe("The program's log says (last 40 of 100 lines):");
    expect(block.at(-1)).toBe('    line 99');
  });

  it('bounds a line, and a text without lines', () => {
    const [, line = ''] = render('x'.repeat(100_000));
    expect(line.length).toBeLessThan(600);
  });

  it('starts at the start of a line when the text is cut', () => {
    const long = `${'a'.repeat(99)}\n`.repeat(1_000);
    expect(new Set(render(long).slice(1))).toEqual(new Set([`    ${'a'.repeat(99)}`]));
  });
});
