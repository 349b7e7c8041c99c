import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  LogWriter,
  writeLog,
  type LogStream,
} from '../../../../src/commands/supervisorctl/log-writer.ts';

const never = new AbortController().signal;

function stream(isTTY: boolean, highWaterMark = 1000): PassThrough & LogStream {
  return Object.assign(new PassThrough({ highWaterMark }), { isTTY });
}

const textOf = (target: PassThrough): string =>
  (target.read() as Buffer | null)?.toString('latin1') ?? '';

describe('writeLog', () => {
  it.each([
    [false, '\u001b[1m\r\n\n'],
    [true, '\\x1b[1m\n\n'],
  ])('on a terminal: %s', (isTTY, expected) => {
    const target = stream(isTTY);
    writeLog(target, '\u001b[1m\r\n');
    expect(textOf(target)).toBe(expected);
  });
});

describe('LogWriter', () => {
  it('passes bytes on to what is no terminal', async () => {
    const target = stream(false);
    const writer = new LogWriter(target);
    await writer.write(Buffer.from([0x1b, 0xe9, 0x0d]), never);
    writer.end();
    expect(textOf(target)).toBe('\u001b\u00e9\r');
  });

  it('escapes for a terminal, what it held back included', async () => {
    const target = stream(true);
    const writer = new LogWriter(target);
    await writer.write(Buffer.from('a\u001b\r'), never);
    writer.end();
    expect(textOf(target)).toBe('a\\x1b\\x0d');
  });

  it('waits for a slow reader, and no longer than it is asked to', async () => {
    const target = stream(false, 1);
    const writer = new LogWriter(target);
    let isWritten = false;
    const written = writer.write(Buffer.from('abc'), never).then(() => (isWritten = true));
    await Promise.resolve();
    expect(isWritten).toBe(false);
    expect(textOf(target)).toBe('abc');
    await written;
    const abort = new AbortController();
    const second = writer.write(Buffer.from('def'), abort.signal);
    abort.abort();
    await second;
  });
});
