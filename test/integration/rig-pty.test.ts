import { describe, expect, it, onTestFinished } from 'vitest';
import { Pty, type PtyOptions } from '../rig/pty.ts';
import { pythonForTests } from '../rig/python.ts';

const python = await pythonForTests('newest');

describe.skipIf(python === undefined)('a terminal of the rig', () => {
  const open = (script: string, options: Partial<PtyOptions> = {}): Pty => {
    const pty = new Pty(['/bin/sh', '-c', script], {
      python: python?.bin.python ?? '',
      cwd: '/',
      env: { PATH: process.env.PATH },
      ...options,
    });
    onTestFinished(() => pty.close());
    return pty;
  };

  it('shows what a person would see, not what was written', async () => {
    const pty = open("printf 'one\\ntwo\\033[1A\\rONE\\n'; exit 3");
    expect(await pty.end()).toBe(3);
    expect(pty.text).toBe('ONE\ntwo');
    expect(pty.output).toContain('\u001b[1A');
  });

  it('has a size, a keyboard, and another size', async () => {
    const pty = open(
      "trap 'stty size' WINCH; stty size; read word; echo got $word; while :; do sleep 0.05; done",
      {
        columns: 60,
        rows: 10,
      },
    );
    await pty.waitFor('10 60');
    pty.press('hello\r');
    await pty.waitFor('got hello');
    pty.resize(200, 50);
    await pty.waitFor('50 200');
    pty.press('\u0003');
    expect(await pty.end()).toBe('SIGINT');
  });

  it('knows whose the screen is', async () => {
    const pty = open("printf '\\033[?1049hmine'; read word; printf '\\033[?1049l'; exit 0");
    await pty.waitFor('mine');
    expect(pty.isAlternate).toBe(true);
    pty.press('\r');
    expect(await pty.end()).toBe(0);
    expect(pty.isAlternate).toBe(false);
    expect(pty.text).toBe('');
  });

  it('can be lost', async () => {
    const pty = open('echo here; while :; do sleep 0.05; done');
    await pty.waitFor('here');
    pty.hangUp();
    expect(await pty.end()).toBe('SIGHUP');
  });
});
