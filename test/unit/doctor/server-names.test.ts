import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Program } from '../../../src/config/program.ts';
import { splitCommand } from '../../../src/config/split-command.ts';
import { readCommand } from '../../../src/doctor/command/unwrap.ts';
import { findDaemonized } from '../../../src/doctor/rules/command.ts';
import { findStopSignal } from '../../../src/doctor/rules/stopping.ts';
import type { ProgramRule, ProgramSubject } from '../../../src/doctor/subject.ts';
import { SERVER_TYPES } from '../../../src/servers/registry.ts';
import { REPOSITORY } from '../../rig/place.ts';

const NAMES: ReadonlySet<string> = new Set(SERVER_TYPES.map(({ name }) => name));

/** Names of doctor's own, which no type has, and why. */
const OWN: ReadonlyMap<string, string> = new Map([
  // None at present.
]);

/** How doctor's sources name a server: in its tables of commands, and where a rule asks which one it is. */
const NAMINGS = [
  /\['[^']+', '([^']+)'\]/g,
  /\bserver: '([^']+)'/g,
  /\bserver === '([^']+)'/g,
  /\? '([a-z-]+)' : undefined/g,
];

const PLACES = ['command/known-servers.ts', 'gather-subject.ts'];

function namesIn(file: string): readonly string[] {
  const text = readFileSync(join(REPOSITORY, 'src/doctor', file), 'utf8');
  const cases = [...text.matchAll(/switch \(server\) \{([^]*?)\n {2,4}\}/g)].flatMap(
    ([, body = '']) => [...body.matchAll(/case '([^']+)':/g)].map(([, name = '']) => name),
  );
  const others = file.startsWith('rules/')
    ? NAMINGS.slice(1, 3)
    : file === 'gather-subject.ts'
      ? []
      : NAMINGS;
  return [
    ...cases,
    ...others.flatMap((naming) => [...text.matchAll(naming)].map(([, name = '']) => name)),
  ];
}

const RULES = readdirSync(join(REPOSITORY, 'src/doctor/rules')).map((name) => `rules/${name}`);

describe('the names of servers that doctor uses', () => {
  const used = [...PLACES, ...RULES].flatMap((file) =>
    namesIn(file).map((name) => [name, file] as const),
  );

  it('are found in its sources', () => {
    const found = new Set(used.map(([name]) => name));
    for (const name of ['gunicorn', 'uwsgi', 'huey', 'node', 'varnish', 'dramatiq', 'postgres']) {
      expect(found).toContain(name);
    }
  });

  it.each(used)('%s, in %s, is that of a type', (name) => {
    expect(NAMES.has(name) || OWN.has(name)).toBe(true);
  });
});

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
    serverFiles: [],
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
