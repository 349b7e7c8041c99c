import { describe, expect, it } from 'vitest';
import type { MemberChange } from '../../../src/config/changes/group-changes.ts';
import type { ChangeRemark, GroupUpdate } from '../../../src/reload/update/group-update.ts';
import { renderGroupUpdate, updateToJson } from '../../../src/terminal/changes-text.ts';
import { displayWidth } from '../../../src/terminal/text/width.ts';
import { PLAIN } from './recorder.ts';

const member = (name: string, more: Partial<MemberChange> = {}): MemberChange => ({
  name,
  change: 'changed',
  options: [],
  restart: false,
  ...more,
});

const update = (more: Partial<GroupUpdate> = {}): GroupUpdate => ({
  group: 'web',
  change: 'changed',
  changes: undefined,
  touched: [],
  overlapping: [],
  remarks: [],
  ...more,
});

const inPlace = (...members: readonly MemberChange[]): GroupUpdate['changes'] => ({
  group: 'web',
  options: [],
  members,
  replace: false,
});

const render = (value: GroupUpdate, width = 80): readonly string[] =>
  renderGroupUpdate(value, PLAIN, width);

describe('what update shows of a group', () => {
  it('that is new or gone', () => {
    expect(render(update({ change: 'added' }))).toEqual([
      '  → will be added, and started where autostart says so',
    ]);
    expect(render(update({ change: 'removed' }))).toEqual([
      '  → will be removed; nothing of it runs',
    ]);
    expect(render(update({ change: 'removed', touched: ['a', 'b'] }))).toEqual([
      '  → will be stopped and removed: a, b',
    ]);
  });

  it('of one program: old → new, in columns', () => {
    const options = [
      { option: 'stopwaitsecs', old: '10', new: '35' },
      { option: 'environment', names: { added: ['A'], changed: ['B', 'C'], removed: ['D'] } },
    ];
    const changes = inPlace(member('web', { options, restart: true }));
    expect(render(update({ changes, overlapping: ['web'] }))).toEqual([
      '  stopwaitsecs  10 → 35',
      '  environment   added A; changed B, C; removed D',
      '  → will be replaced by a second instance on the same sockets: web',
    ]);
    expect(render(update({ changes })).at(-1)).toBe(
      '  → will be stopped and started, one after the other: web',
    );
  });

  it('of several processes: what is alike together, and what stays not at all', () => {
    const options = [{ option: 'priority', old: '1', new: '2' }];
    const changes = inPlace(
      member('w0', { options }),
      member('w1', { options }),
      member('w2', { change: 'same' }),
      member('w3', { change: 'added' }),
      member('w4', { change: 'removed' }),
    );
    expect(render(update({ changes }))).toEqual([
      '  w0, w1: changed',
      '    priority  1 → 2',
      '  w3: new',
      '  w4: gone',
      '  → will be started: w3',
      '  → will be stopped: w4',
      '  → 3 processes go on untouched, with what the configuration says now',
    ]);
  });

  it('that can only be taken up anew, with what suffers for it', () => {
    const changes = {
      group: 'web',
      options: [{ option: 'group priority', old: '5', new: '7' }],
      members: [
        member('w0', { options: [{ option: 'umask', old: 'none', new: '022' }], restart: true }),
        member('w1', { change: 'same', restart: true }),
      ],
      replace: true,
    };
    expect(render(update({ changes, touched: ['w0', 'w1'], remarks: ['untold'] }), 60)).toEqual([
      '  group priority  5 → 7',
      '  w0: changed',
      '    umask  none → 022',
      '  ? umask, stopasgroup or autorestart may have changed, too:',
      '    the supervisor does not tell all of them',
      '  → will be stopped and started again, since the supervisor',
      '    can change a group only by taking it up anew: w0, w1',
      '  → stopped although nothing of it has changed: w1',
    ]);
    expect(render(update({ changes })).at(-1)).toBe(
      '  → will be removed and added again; nothing of it runs',
    );
  });

  it.each<ChangeRemark>(['nothing-seen', 'not-told', 'untold', 'environment-unseen'])(
    'that it cannot know: %s',
    (remark) => {
      expect(render(update({ remarks: [remark] }))[0]).toMatch(/^ {2}\? /);
    },
  );

  it('without secrets, and in the width of the terminal', () => {
    const change = {
      option: 'command',
      old: '/venv/bin/python -m worker --password hunter2 --queue important',
      new: `/venv/bin/python -m worker --token=hunter3 http://u:hunter4@h/ ${'x'.repeat(99)}\u001b[2J`,
    };
    const value = update({ changes: inPlace(member('web', { options: [change] })) });
    for (const width of [20, 60, 80]) {
      const lines = render(value, width);
      expect(lines.join('\n')).not.toMatch(/hunter|\u001b/);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
    }
    expect(render(value)[0]).toBe('  command');
    expect(JSON.stringify(updateToJson(value))).not.toContain('hunter');
    expect(updateToJson(update())).toEqual(update());
  });
});
