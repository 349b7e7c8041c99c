import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCaptureSplitter, type OutputPiece } from '../../../../src/daemon/logs/capture.ts';

const BEGIN = '<!--XSUPERVISOR:BEGIN-->';
const END = '<!--XSUPERVISOR:END-->';

/** The log, the messages and the message without end that come of the chunks. */
function capture(chunks: readonly Buffer[]): { log: string; messages: string[]; open: string } {
  const splitter = createCaptureSplitter();
  const seen = { log: '', messages: [] as string[], open: '' };
  const take = (pieces: readonly OutputPiece[]): void => {
    for (const piece of pieces) {
      switch (piece.kind) {
        case 'log':
          seen.log += piece.data.toString('latin1');
          break;
        case 'captured':
          seen.open += piece.data.toString('latin1');
          break;
        case 'message-end':
          seen.messages.push(seen.open);
          seen.open = '';
          break;
      }
    }
  };
  for (const chunk of chunks) take(splitter.split(chunk));
  take(splitter.end());
  return seen;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('createCaptureSplitter', () => {
  it.each([
    ['no message', 'just text', { log: 'just text', messages: [], open: '' }],
    ['a message', `a${BEGIN}hi${END}b`, { log: 'ab', messages: ['hi'], open: '' }],
    ['two, one empty', `${BEGIN}${END}${BEGIN}x${END}`, { log: '', messages: ['', 'x'], open: '' }],
    ['none that ends', `a${BEGIN}hi`, { log: 'a', messages: [], open: 'hi' }],
    ['an end without beginning', `a${END}b`, { log: `a${END}b`, messages: [], open: '' }],
    [
      'a beginning in a message',
      `${BEGIN}${BEGIN}${END}`,
      { log: '', messages: [BEGIN], open: '' },
    ],
    [
      'half a token',
      'a<!--XSUPERVISOR:BEG',
      { log: 'a<!--XSUPERVISOR:BEG', messages: [], open: '' },
    ],
    [
      'a token after half a one',
      `<!--X${BEGIN}m${END}`,
      { log: '<!--X', messages: ['m'], open: '' },
    ],
  ])('knows %s, however it is cut', (_, text, expected) => {
    const cuts = fc.array(fc.nat(text.length)).map((each) => [...each].sort((a, b) => a - b));
    fc.assert(
      fc.property(cuts, (at) => {
        const chunks = [...at, text.length].map((end, index) =>
          bytes(text.slice(at[index - 1] ?? 0, end)),
        );
        expect(capture(chunks)).toEqual(expected);
      }),
    );
  });

  it('holds back only what can be the beginning of a token', () => {
    const splitter = createCaptureSplitter();
    expect(splitter.split(bytes('short <!--X'))).toEqual([{ kind: 'log', data: bytes('short ') }]);
    expect(splitter.split(bytes('Y'))).toEqual([{ kind: 'log', data: bytes('<!--XY') }]);
  });

  it('begins outside of a message after an end', () => {
    const splitter = createCaptureSplitter();
    splitter.split(bytes(`${BEGIN}half`));
    splitter.end();
    expect(splitter.split(bytes('text'))).toEqual([{ kind: 'log', data: bytes('text') }]);
  });
});
