import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReloadEvent } from '../../../../src/reload/events.ts';
import { LiveRenderer } from '../../../../src/terminal/live/live-renderer.ts';
import type { Renderer } from '../../../../src/terminal/renderer.ts';
import { createTheme } from '../../../../src/terminal/theme.ts';
import { PLAIN } from '../recorder.ts';
import { brokenReload, goodReload } from '../sample-events.ts';
import { VirtualScreen } from './virtual-screen.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A renderer whose both outputs are one terminal, as in a shell. */
function onTerminal(columns = 80, theme = PLAIN): { screen: VirtualScreen; renderer: Renderer } {
  const screen = new VirtualScreen(columns, 30);
  const output = { stream: screen, theme };
  screen.write('$ reloadctl reload usercenter\n');
  return { screen, renderer: new LiveRenderer({ out: output, err: output }) };
}

/** Plays events at their own times. */
function play(renderer: Renderer, events: readonly ReloadEvent[]): void {
  let atMs = 0;
  for (const event of events) {
    vi.advanceTimersByTime(event.atMs - atMs);
    atMs = event.atMs;
    renderer.handle(event);
  }
}

const signalListeners = (): number => process.listenerCount('SIGCONT');

describe('LiveRenderer', () => {
  it('leaves a transcript and the result', () => {
    const { screen, renderer } = onTerminal();
    play(renderer, goodReload());
    renderer.finish();
    expect(screen.lines.slice(0, 2)).toEqual([
      '$ reloadctl reload usercenter',
      'reload usercenter  bridge, gunicorn 26.1.0, master 1234, 4 workers        8.4 s',
    ]);
    expect(screen.lines.slice(-2)).toEqual([
      '  ✓ 10  4 new workers are steady for 1 s                                  1.0 s',
      'usercenter: reloaded (bridge, 4 workers, 8.4 s)',
    ]);
    expect(screen.cursorVisible).toBe(true);
  });

  it.each([60, 80, 200])('explains a failure at %i columns', (columns) => {
    const { screen, renderer } = onTerminal(columns);
    play(renderer, brokenReload());
    const text = screen.lines.join('\n');
    expect(text).toContain('bridge 1301 died');
    expect(text).toContain("    ModuleNotFoundError: No module named 'settingz'");
    expect(text).toContain('  serving  master 1234 with 4 old workers');
    expect(text).toContain('`reloadctl reload usercenter`');
    expect(text.match(/reload usercenter /gu)).toHaveLength(1);
  });

  it('draws at most about twelve times a second, however much happens', () => {
    const { screen, renderer } = onTerminal();
    const before = screen.writes;
    play(renderer, goodReload().slice(0, -1));
    expect(screen.writes - before).toBeLessThanOrEqual((8.4 * 1_000) / 80 + 2);
    renderer.finish();
  });

  it('shows time going on between events', () => {
    const { screen, renderer } = onTerminal();
    play(renderer, goodReload().slice(0, 10));
    vi.advanceTimersByTime(1_640);
    expect(screen.lines.find((line) => line.includes('ready workers'))).toMatch(/ 2\.0 s$/u);
    renderer.finish();
  });

  it('shows that it looks before there is anything to tell', () => {
    const { screen, renderer } = onTerminal();
    renderer.begin('usercenter');
    vi.advanceTimersByTime(80);
    expect(screen.lines.at(-1)).toBe('⠙ looking at usercenter');
    play(renderer, goodReload());
    expect(screen.lines.join('\n')).not.toContain('looking');
  });

  it('leaves nothing behind when there was nothing to tell', () => {
    const { screen, renderer } = onTerminal();
    renderer.begin('usercenter');
    renderer.finish();
    expect(screen.lines).toEqual(['$ reloadctl reload usercenter']);
  });

  it('leaves what was going on when it is finished without a result', () => {
    const { screen, renderer } = onTerminal();
    play(renderer, goodReload().slice(0, 10));
    renderer.finish();
    renderer.finish();
    expect(screen.lines.slice(4)).toEqual([
      '  ✓  1  keep gunicorn.ctl under a second name                             0.0 s',
      '  ✓  2  USR2 → master 1234: start a second master                         0.2 s',
      '  !  3  the bridge has 4 ready workers',
      '  · 7 steps not begun',
    ]);
    expect(screen.cursorVisible).toBe(true);
  });

  it('shows one action after another', () => {
    const { screen, renderer } = onTerminal();
    play(renderer, brokenReload());
    play(renderer, goodReload());
    const results = screen.lines.filter((line) => line.startsWith('usercenter: '));
    expect(results).toHaveLength(2);
    expect(screen.lines.at(-1)).toBe('usercenter: reloaded (bridge, 4 workers, 8.4 s)');
  });

  it('gives back its timer and its signal handler', () => {
    const before = signalListeners();
    const { renderer } = onTerminal();
    play(renderer, goodReload().slice(0, 10));
    expect(signalListeners()).toBe(before + 1);
    expect(vi.getTimerCount()).toBe(1);
    renderer.finish();
    expect(signalListeners()).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('draws below the shell after Ctrl-Z and fg', () => {
    const { screen, renderer } = onTerminal();
    play(renderer, goodReload().slice(0, 10));
    screen.write('[1]+  Stopped\n$ fg\n');
    process.emit('SIGCONT');
    vi.advanceTimersByTime(80);
    const text = screen.lines.join('\n');
    expect(text).toContain('[1]+  Stopped\n$ fg\nreload usercenter');
    renderer.finish();
  });

  it('uses nothing but colour and its own few sequences', () => {
    const { screen, renderer } = onTerminal(80, createTheme({ color: true, unicode: true }));
    play(renderer, brokenReload());
    expect(screen.lines.at(-1)).toContain('running version down');
  });
});
