import { describe, expect, it } from 'vitest';
import type { Program } from '../../../src/config/program.ts';
import { splitCommand } from '../../../src/config/split-command.ts';
import { readCommand } from '../../../src/doctor/command/unwrap.ts';
import { findDaemonized } from '../../../src/doctor/rules/command.ts';
import { findStopSignal } from '../../../src/doctor/rules/stopping.ts';
import type { ProgramRule, ProgramSubject } from '../../../src/doctor/subject.ts';

/** What a rule finds about a program of this command. */
async function find(
  rule: ProgramRule,
  command: string,
  settings: Partial<Program>,
): Promise<readonly unknown[]> {
  const words = splitCommand(command);
  const reading = await readCommand(words.ok ? words.value : [], () => Promise.resolve(undefined));
  const subject = {
    program: { command, environment: {}, ...settings } as unknown as Program,
    reading,
    call: reading.call && { ...reading.call, environment: {}, text: '' },
    set: (_key: string, value: string) => value,
    find: (severity: string, trouble: unknown) => ({ severity, trouble }),
  } as unknown as ProgramSubject;
  return rule(subject);
}

describe('celery beat', () => {
  it.each(['worker', 'beat'])('is cut off by QUIT, as %s', async (command) => {
    const found = await find(findStopSignal, `celery -A x ${command}`, { stopsignal: 'SIGQUIT' });
    expect(found).toMatchObject([
      { severity: 'error', trouble: { code: 'stopsignal', effect: 'cuts-off' } },
    ]);
  });

  it('is in the background with --detach', async () => {
    const found = await find(findDaemonized, 'celery -A x beat --detach', {});
    expect(found).toMatchObject([{ trouble: { code: 'daemonizes', server: 'celery-beat' } }]);
  });
});

describe('postgres', () => {
  it('waits for its clients at TERM', async () => {
    const found = await find(findStopSignal, 'postgres -D /srv/data', { stopsignal: 'SIGTERM' });
    const trouble = { code: 'stopsignal', effect: 'waits-for-clients', graceful: 'SIGINT' };
    expect(found).toMatchObject([{ severity: 'warning', trouble }]);
  });
});
