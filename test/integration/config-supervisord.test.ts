// What a running supervisord says of its configuration, and what it says when it refuses one, against our reading.
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadClientSettings } from '../../src/config/load-client-settings.ts';
import { loadConfiguration, readConfiguration } from '../../src/config/load-configuration.ts';
import { thisHost } from '../../src/config/host.ts';
import type { LogTarget, Program, ProgramGroup } from '../../src/config/program.ts';
import { createSupervisor } from '../../src/rpc/client.ts';
import { descendantsOf, endProcesses } from '../rig/processes.ts';
import { PYTHON_NAMES, pythonForTests } from '../rig/python.ts';
import { startSupervisor } from '../rig/site/supervisor.ts';
import { waitFor } from '../rig/wait-for.ts';
import { WHOLE } from './config-corpus.ts';
import { ENVIRONMENT, hasReferenceMessages, makeTree, removeTree } from './config-python.ts';

const HOST = { environment: ENVIRONMENT, hostname: hostname() };

/** One entry of getAllConfigInfo as our configuration would have it. */
function describeEntry(group: ProgramGroup, program: Program): Record<string, unknown> {
  const channel = (name: 'stdout' | 'stderr'): Record<string, unknown> => ({
    [`${name}_logfile`]: describeTarget(program[name].target),
    [`${name}_logfile_backups`]: program[name].backups,
    [`${name}_logfile_maxbytes`]: program[name].maxBytes,
    [`${name}_capture_maxbytes`]: program[name].captureMaxBytes,
    [`${name}_events_enabled`]: program[name].eventsEnabled,
    [`${name}_syslog`]: program[name].syslog,
  });
  return {
    name: program.name,
    group: group.name,
    group_prio: group.priority,
    process_prio: program.priority,
    inuse: true,
    autostart: program.autostart,
    command: program.command,
    directory: program.directory ?? 'none',
    uid: program.user?.uid ?? 'none',
    exitcodes: program.exitcodes,
    killasgroup: program.killasgroup,
    redirect_stderr: program.redirectStderr,
    startretries: program.startretries,
    startsecs: program.startsecs,
    stopsignal: program.stopsignalNumber,
    stopwaitsecs: program.stopwaitsecs,
    serverurl: program.serverurl ?? 'none',
    ...channel('stdout'),
    ...channel('stderr'),
  };
}

function describeTarget(target: LogTarget): string {
  if (target.kind === 'file') return target.path;
  return target.kind === 'auto' ? 'auto' : 'none';
}

/** AUTO logs have their names by the time when they are asked for; releases after 4.3 report autorestart as well. */
function normalise(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rest = Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'autorestart'));
  for (const name of ['stdout_logfile', 'stderr_logfile']) {
    if (/---supervisor-\w+\.log$/.test(String(rest[name]))) rest[name] = 'auto';
  }
  return rest;
}

describe.each(PYTHON_NAMES)('supervisord (%s)', async (name) => {
  const python = await pythonForTests(name);

  describe.skipIf(python === undefined)('found', () => {
    if (python === undefined) return;

    describe('running', () => {
      let directory = '';
      let stop: () => Promise<void> = () => Promise.resolve();

      beforeAll(async () => {
        directory = realpathSync(makeTree(WHOLE));
        const { id } = await startSupervisor({
          argv: [python.bin.supervisord, '-n', '-c', join(directory, 's.conf')],
          cwd: directory,
          env: { ...ENVIRONMENT },
          user: undefined,
          outputFile: join(directory, 'out'),
        });
        stop = () =>
          endProcesses([id, ...descendantsOf(id.pid)], 500).then(() => {
            removeTree(directory);
          });
      });

      afterAll(() => stop());

      test('reports the programs that we read, and we know where to ask', async () => {
        const file = join(directory, 's.conf');
        const { serverurl } = loadClientSettings(file, HOST);
        expect(serverurl).toBe(`unix://${directory}/s.sock`);
        const supervisor = createSupervisor({ url: serverurl });
        try {
          const entries = await waitFor('supervisord to answer', async () => {
            const answer = await supervisor.getAllConfigInfo();
            if (!answer.ok) throw new Error(JSON.stringify(answer.error));
            return answer.value;
          });
          const { groups } = loadConfiguration(file, HOST);
          const ours = groups.flatMap((group) =>
            group.programs.map((program) => describeEntry(group, program)),
          );
          expect(entries.map(normalise)).toEqual(
            ours.toSorted((left, right) => (String(left.name) < String(right.name) ? -1 : 1)),
          );
        } finally {
          supervisor.close();
        }
      });
    });

    test.each([
      ['no [supervisord]', '[program:a]\ncommand=/a\n'],
      ['a bad line', '[supervisord]\n[program:a]\ncommand\n'],
      ['a line before the first section', 'x=1\n[supervisord]\n'],
      ['no command', '[supervisord]\n[program:a]\npriority=1\n'],
      ['an unknown name', '[supervisord]\n[program:a]\ncommand=/bin/a %(ENV_NOPE)s\n'],
      ['a bad percent', '[supervisord]\n[program:a]\ncommand=/bin/date +%Y\n'],
      ['a bad value', '[supervisord]\n[program:a]\ncommand=/a\nautostart="true"\n'],
      ['an unknown user', '[supervisord]\nuser=nosuch\n'],
      ['half a password', '[supervisord]\n[inet_http_server]\nport=1\nusername=u\n'],
      ['no files', '[supervisord]\n[include]\n'],
    ])('refuses %s in the words that we use', async (_, text) => {
      const directory = realpathSync(makeTree({ 's.conf': text }));
      try {
        const file = join(directory, 's.conf');
        const argv = ['-n', '-c', file];
        const { code, stderr } = await refusalOf(python.bin.supervisord, argv, directory);
        const read = readConfiguration(file, thisHost(HOST));
        expect(code).toBe(2);
        if (read.ok) throw new Error(`supervisord refused what we accept: ${stderr}`);
        const words = `Error: ${read.error.message}\nFor help, use ${python.bin.supervisord} -h\n`;
        if (hasReferenceMessages(python)) expect(stderr).toBe(words);
        else expect(stderr).toMatch(/^Error: /);
      } finally {
        removeTree(directory);
      }
    });
  });
});

/** Runs a supervisord that is expected to end at once. */
function refusalOf(
  supervisord: string,
  argv: readonly string[],
  cwd: string,
): Promise<{ readonly code: unknown; readonly stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...ENVIRONMENT }, timeout: 30_000 };
    execFile(supervisord, argv, options, (error, _, stderr) => {
      resolve({ code: error?.code, stderr });
    });
  });
}
