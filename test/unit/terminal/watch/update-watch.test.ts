import { describe, expect, it } from 'vitest';
import { chosenProgram } from '../../../../src/terminal/watch/listed-programs.ts';
import { brokenReload, goodReload } from '../sample-events.ts';
import { program, PROGRAMS, View } from './sample-state.ts';

const chosenOf = ({ state }: View): string | undefined => chosenProgram(state)?.name;

const at = (name: string): View => {
  const view = new View().sample();
  return view.press(
    ...PROGRAMS.slice(
      0,
      PROGRAMS.findIndex((each) => each.name === name),
    ).map(() => 'j'),
  );
};

const atWork = (): View =>
  at('usercenter').send({ is: 'task-started', action: 'reload', program: program('usercenter') });

describe('choosing', () => {
  it.each([
    [['j'], 'cache'],
    [['down', 'down', 'k'], 'cache'],
    [['G'], 'idle'],
    [['end', 'j'], 'idle'],
    [['end', 'home'], 'broken'],
    [['page-down'], 'idle'],
    [['G', 'page-up', 'g'], 'broken'],
    [['up'], 'broken'],
  ])('%j chooses %s', (keys, expected) => {
    expect(chosenOf(new View().sample().press(...keys))).toBe(expected);
  });

  it('stays with the program wherever that goes', () => {
    const view = at('usercenter').sample([...PROGRAMS].reverse());
    expect(chosenOf(view)).toBe('usercenter');
    expect(chosenOf(view.press('o', 'o', 'o'))).toBe('usercenter');
  });

  it('goes to the next one when the program is gone, and says so', () => {
    const view = at('usercenter').sample(PROGRAMS.filter(({ name }) => name !== 'usercenter'));
    expect(chosenOf(view)).toBe('web:api');
    expect(view.footer).toBe('The supervisor no longer has usercenter.');
    expect(view.sample([]).footer).toContain('no longer has broken, and 3 more.');
    expect(chosenOf(view)).toBeUndefined();
    expect(chosenOf(view.sample())).toBe('broken');
  });
});

describe('sorting and filtering', () => {
  const order = (view: View): string =>
    view
      .screen()
      .flatMap((row) => /^[> ] (\S+) +(?:RUNNING|FATAL|STOPPED)/.exec(row)?.[1] ?? [])
      .join(' ');

  it.each([
    [[], 'broken cache usercenter web:api idle'],
    [['O'], 'idle web:api usercenter cache broken'],
    [['o'], 'broken cache idle usercenter web:api'],
    [['o', 'o'], 'broken cache usercenter web:api idle'],
    [['o', 'o', 'o'], 'web:api usercenter cache broken idle'],
    [['o', 'o', 'o', 'o'], 'web:api usercenter cache broken idle'],
    [['o', 'o', 'o', 'O'], 'broken idle cache usercenter web:api'],
    [['o', 'o', 'o', 'o', 'o'], 'broken cache idle web:api usercenter'],
    [['o', 'o', 'o', 'o', 'o', 'o'], 'broken cache usercenter web:api idle'],
    [['/', 'W', 'E', 'B'], 'web:api'],
    [['/', 'f', 'a', 't', 'enter'], 'broken'],
    [['/', 'g', 'u', 'n', 'i', 'x', 'backspace'], 'usercenter web:api'],
    [['/', 'w', 'enter', 'escape'], 'broken cache usercenter web:api idle'],
    [['/', 'w', 'enter', '/', 'x', 'escape'], 'web:api'],
    [['/', 'q', 'erase-line'], 'broken cache usercenter web:api idle'],
  ])('%j shows %s', (keys, expected) => {
    expect(order(new View(100).sample().press(...keys))).toBe(expected);
  });

  it('shows what is typed, and that keys are text meanwhile', () => {
    const view = new View().sample().press('/', 'q', 'x');
    expect(view.footer).toContain('Filter: qx_');
    expect(view.requests).toEqual([]);
  });
});

describe('acting', () => {
  it.each([
    ['r', 'reload'],
    ['s', 'start'],
  ])('%s begins a %s at once', (key, action) => {
    const { requests } = at('usercenter').press(key);
    expect(requests).toEqual([{ do: 'act', action, program: PROGRAMS[2] }]);
  });

  it.each([
    ['x', 'stop', 'Stop usercenter? y: yes, any other key: no'],
    ['R', 'restart', 'Restart usercenter? y: yes, any other key: no'],
  ])('%s asks before a %s', (key, action, question) => {
    const view = at('usercenter').press(key);
    expect(view.requests).toEqual([]);
    expect(view.footer).toBe(question);
    expect(view.press('y').requests).toEqual([{ do: 'act', action, program: PROGRAMS[2] }]);
  });

  it.each(['n', 'x', 'enter', 'escape', 'down'])('%s is no yes', (key) => {
    const view = at('usercenter').press('x', key);
    expect(view.requests).toEqual([]);
    expect(view.footer).toBe('No stop.');
    expect(chosenOf(view)).toBe('usercenter');
  });

  it('means the program that was asked about, whatever happens to the list meanwhile', () => {
    const moved = at('usercenter')
      .press('x')
      .sample([...PROGRAMS].reverse())
      .press('y');
    expect(moved.requests).toMatchObject([{ do: 'act', program: { name: 'usercenter' } }]);
    const gone = at('usercenter').press('x').sample(PROGRAMS.slice(0, 2)).press('y');
    expect(gone.requests).toEqual([]);
    expect(gone.footer).toBe('It is no longer there.');
  });

  it('does one thing at a time', () => {
    const view = atWork().press('G', 's');
    expect(view.requests).toEqual([]);
    expect(view.footer).toMatch(/^A reload of usercenter is under way: one at a time\./);
  });

  it('does nothing while the supervisor is not there, and nothing without a program', () => {
    const view = at('usercenter').send({ is: 'lost', why: 'gone' }).press('r');
    expect(view.requests).toEqual([]);
    expect(view.footer).toBe('No reload: the supervisor cannot be asked.');
    expect(new View().sample([]).press('x').state.mode).toEqual({ is: 'browse' });
  });

  it('ends with a sentence where all went well', () => {
    const view = atWork();
    for (const event of goodReload()) view.send({ is: 'task-event', event });
    view.send({ is: 'task-ended', error: undefined });
    expect(view.state.task).toBeUndefined();
    expect(view.footer).toMatch(/^usercenter: reloaded \(bridge/);
    expect(view.press('j').footer).toContain('q quit');
  });

  it('keeps the report where it did not, and allows the next action', () => {
    const view = atWork();
    for (const event of brokenReload()) view.send({ is: 'task-event', event });
    view.send({ is: 'task-ended', error: undefined });
    expect(view.state.task?.state).toEqual({ is: 'ended' });
    expect(view.press('r').requests).toHaveLength(1);
    const failed = atWork().send({ is: 'task-ended', error: ['usercenter: no such program'] });
    expect(failed.shown).toContain('usercenter: no such program');
    expect(failed.press('escape').state.task).toBeUndefined();
  });
});

describe('leaving', () => {
  it.each(['q', 'interrupt'])('%s quits', (key) => {
    expect(new View().sample().press(key).requests).toEqual([{ do: 'quit' }]);
  });

  it('ends an action first, and does not quit before it has ended', () => {
    const view = atWork().press('interrupt');
    expect(view.requests).toEqual([{ do: 'interrupt' }]);
    expect(view.footer).toContain('Ctrl-C again');
    expect(view.press('interrupt').requests).toEqual([{ do: 'interrupt' }]);
    expect(view.press('q').requests).toEqual([]);
    expect(view.footer).toContain('the view stays until it has ended');
  });

  it('goes to the shell, but not in the middle of an action', () => {
    expect(new View().press('suspend').requests).toEqual([{ do: 'suspend' }]);
    const view = atWork().press('suspend');
    expect(view.requests).toEqual([]);
    expect(view.footer).toContain('it would stop half way');
  });

  it.each([
    ['help', ['?']],
    ['filter', ['/']],
    ['confirm', ['x']],
  ])('Ctrl-C quits from %s as well', (_, keys) => {
    expect(at('usercenter').press(...keys, 'interrupt').requests).toEqual([{ do: 'quit' }]);
  });
});

describe('what is noticed', () => {
  it('a program that has failed', () => {
    const failed = PROGRAMS.map((each) =>
      each.name === 'cache' ? { ...each, state: 'FATAL', description: 'Exited too quickly' } : each,
    );
    const view = new View().sample();
    expect(view.sample(failed).footer).toBe('cache is FATAL: Exited too quickly');
    expect(view.press('j').sample(failed).footer).toContain('quit');
  });

  it('another supervisor', () => {
    expect(new View().sample().sample(PROGRAMS, true).footer).toBe('The supervisor was restarted.');
  });

  it('any key closes the help', () => {
    const view = new View().sample().press('?');
    expect(view.shown).toContain('Ctrl-Z');
    expect(view.press('x').requests).toEqual([]);
    expect(view.state.mode).toEqual({ is: 'browse' });
  });
});
