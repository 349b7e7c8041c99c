import { emitKeypressEvents } from 'node:readline';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { toWatchKey, type Keypress } from '../../../../src/terminal/watch/keypress.ts';

/** What node makes of the bytes that a terminal sends, and we of that. */
function keysOf(bytes: string): string[] {
  const input = new PassThrough();
  const keys: string[] = [];
  emitKeypressEvents(input);
  input.on('keypress', (text: string | undefined, pressed: Keypress) => {
    const key = toWatchKey(text, pressed);
    if (key !== undefined) keys.push(key.key === 'character' ? key.text : key.key);
  });
  input.emit('data', Buffer.from(bytes));
  return keys;
}

describe('toWatchKey', () => {
  it.each([
    ['jR?', ['j', 'R', '?']],
    ['\u001b[A\u001b[B\u001bOA', ['up', 'down', 'up']],
    ['\u001b[5~\u001b[6~', ['page-up', 'page-down']],
    ['\u001b[H\u001b[F\u001b[1~\u001b[4~', ['home', 'end', 'home', 'end']],
    ['\r\n', ['enter', 'enter']],
    ['\u007f\b', ['backspace', 'backspace']],
    ['\u0003\u001a\u000c\u0015', ['interrupt', 'suspend', 'redraw', 'erase-line']],
    ['é日', ['é', '日']],
    // Alt and a letter, function keys, other control keys: none of them is the letter.
    ['\u001bx\u001b[15~\u0018', []],
    // What a terminal answers to questions that we did not ask.
    ['\u001b[?1;2c\u001b[<0;1;1M', expect.not.arrayContaining(['r', 'x', 's', 'R'])],
  ])('%j is %j', (bytes, expected) => {
    expect(keysOf(bytes)).toEqual(expected);
  });
});
