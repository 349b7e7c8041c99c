import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { createTheme } from '../../../../src/terminal/theme.ts';
import { FullScreen, LEAVE_SCREEN } from '../../../../src/terminal/watch/full-screen.ts';
import { renderWatch } from '../../../../src/terminal/watch/render-watch.ts';
import { goodReload } from '../sample-events.ts';
import { PLAIN, Recorder } from '../recorder.ts';
import { program, PROGRAMS, View } from './sample-state.ts';

const COLOUR = createTheme({ color: true, unicode: true });

const open = (): { recorder: Recorder; screen: FullScreen } => {
  const recorder = new Recorder(80);
  const screen = new FullScreen(recorder, PLAIN);
  screen.enter();
  recorder.text = '';
  return { recorder, screen };
};

describe('FullScreen', () => {
  it('writes nothing where nothing has changed', () => {
    const { recorder, screen } = open();
    screen.draw([[{ text: 'one' }], 'painted']);
    recorder.text = '';
    screen.draw([[{ text: 'one' }], 'painted']);
    expect(recorder.text).toBe('');
  });

  it('writes only the piece that has changed, in its place', () => {
    const { recorder, screen } = open();
    screen.draw([[{ text: 'name  ' }, { text: '3.2%' }, { text: '  12s' }]]);
    recorder.text = '';
    screen.draw([[{ text: 'name  ' }, { text: '4.1%' }, { text: '  12s' }]]);
    expect(recorder.text).toBe('\u001b[1;7H4.1%');
  });

  it('writes the rest of the row where a piece has become longer', () => {
    const { recorder, screen } = open();
    screen.draw([[{ text: 'name  ' }, { text: '9s' }, { text: ' x' }]]);
    recorder.text = '';
    screen.draw([[{ text: 'name  ' }, { text: '10s' }, { text: ' x' }]]);
    expect(recorder.text).toBe('\u001b[1;7H\u001b[K10s x');
  });

  it('writes the whole row where a terminal may disagree about the width', () => {
    const { recorder, screen } = open();
    screen.draw([[{ text: '日本' }, { text: '9s' }]]);
    recorder.text = '';
    screen.draw([[{ text: '日本' }, { text: '8s' }]]);
    expect(recorder.text).toBe('\u001b[1;1H\u001b[K日本8s');
  });

  it('gives the screen back once, and draws nothing afterwards', () => {
    const { recorder, screen } = open();
    screen.leave();
    screen.leave();
    screen.draw([[{ text: 'one' }]]);
    expect(recorder.text).toBe(LEAVE_SCREEN);
  });

  it('shows after many changes what it would show at once', async () => {
    const size = { cols: 80, rows: 30 };
    const recorder = new Recorder(80);
    const screen = new FullScreen(recorder, COLOUR);
    screen.enter();
    const view = new View(80, 30).sample();
    const log = {
      key: 'cache:cache',
      channel: 'stdout',
      text: 'ein Wörtchen\n日本\n',
      isCut: false,
    } as const;
    const steps: ReadonlyArray<() => unknown> = [
      () => view.press('j'),
      () => view.send({ is: 'log', log }),
      () => view.press('/', 'c'),
      () => view.press('enter', 'escape', '?'),
      () => view.press('q', 'o', 'o', 'o'),
      () => view.send({ is: 'lost', why: 'no such file' }),
      () => view.sample(PROGRAMS.slice(1)),
      () => view.send({ is: 'task-started', action: 'reload', program: program('usercenter') }),
      ...goodReload().map((event) => () => view.send({ is: 'task-event', event })),
      () => view.send({ is: 'task-ended', error: undefined }),
      () => view.sample(),
    ];
    const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
    for (const step of steps) {
      step();
      screen.draw(renderWatch(view.state, COLOUR));
      await feed(terminal, recorder.text);
      recorder.text = '';
      expect(rowsOf(terminal)).toEqual(view.screen(COLOUR).map(plain));
    }
    terminal.dispose();
  });
});

type Terminal = InstanceType<typeof xterm.Terminal>;

const feed = (terminal: Terminal, text: string): Promise<void> =>
  new Promise((done) => {
    terminal.write(text, done);
  });

const rowsOf = (terminal: Terminal): string[] =>
  Array.from({ length: terminal.rows }, (_, row) =>
    (terminal.buffer.active.getLine(row)?.translateToString(true) ?? '').trimEnd(),
  );

/** Without the colours of lines that are painted already. */
const plain = (row: string): string => row.replaceAll(/\u001b\[\d+m/gu, '').trimEnd();
