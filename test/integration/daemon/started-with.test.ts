import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import { builtCli } from '../../rig/cli.ts';
import { readProcess } from '../../rig/processes.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startServer, type RealSupervisord } from '../rpc-supervisord.ts';
import { SERVERS } from './support/both-servers.ts';
import { makeDaemonSite } from './support/daemon-site.ts';

const python = await pythonForTests('newest');

/** Every byte that an environment can have, but for those of ASCII. */
const BYTES = Array.from({ length: 128 }, (_, index) => index + 128);
const OCTAL = BYTES.map((byte) => `\\${byte.toString(8)}`).join('');
const HEX = Buffer.from(BYTES).toString('hex');

/** As a shell starts a server: with limits of its own, and with variables that are no UTF-8. */
const UNDER = (soft: number): readonly string[] => [
  ...['prlimit', `--nofile=${soft}:4096`, 'sh', '-c'],
  `export RAW="it's $(printf '${OCTAL}')" OVERRIDDEN="$(printf '\\377')"; exec env "A-B=$(printf '\\351')" a.b=c "$@"`,
  'sh',
];

const TELLER = `
import os, resource
of = lambda name: os.environb.get(name, b'').hex()
said = [resource.getrlimit(resource.RLIMIT_NOFILE), of(b'RAW'), of(b'A-B'), of(b'a.b'), of(b'OVERRIDDEN')]
said.append(sorted(name for name in os.environ if name.startswith('RELOADCTL_') and not name.startswith('RELOADCTL_TEST_') and name != 'RELOADCTL_STATE_DIR'))
print(*said, sep='\\n', flush=True)
`;

const told = (soft: number): string =>
  `(${soft}, 4096)\n${Buffer.from("it's ").toString('hex')}${HEX}\ne9\n63\n6f7572\n[]\n`;

const PROGRAMS = `[program:teller]
command=${python?.bin.python ?? ''} %(here)s/teller.py
environment=OVERRIDDEN="our"
startsecs=0
autorestart=false
stdout_logfile=%(here)s/teller.log
[program:named]
command=sleep 601
startsecs=0
`;

describe.skipIf(python === undefined).each(SERVERS)('%s', (name) => {
  describe.each([
    [1500, 1500],
    [300, 1024], // minfds, which supervisord raises it to.
  ])('with a soft limit of %d descriptors', (soft, expected) => {
    let server: RealSupervisord;
    beforeAll(async () => {
      if (python === undefined) return;
      const own = name === 'supervisord' ? [python.bin.supervisord] : [await builtCli(), 'daemon'];
      const argv = [...UNDER(soft), ...own, '-n'];
      // Both are to be found: Python by supervisord, Node by reloadctl.
      const path = `${dirname(python.bin.supervisord)}:${dirname(process.execPath)}`;
      server = await startServer(argv, path, PROGRAMS, { 'teller.py': TELLER });
    });
    afterAll(async () => server.stop());

    it(`gives programs ${expected}, and every byte of the environment`, async () => {
      const read = (): string => readFileSync(join(server.directory, 'teller.log'), 'utf8');
      const text = await waitFor(
        'the teller',
        () => (read().endsWith(']\n') ? read() : undefined),
        {
          observe: read,
        },
      );
      expect(text).toBe(told(expected));
    });

    it('calls a program as its command does', async () => {
      const supervisor = createSupervisor({ url: server.unixUrl });
      const pid = await waitFor('it to run', async () => {
        const info = await supervisor.getProcessInfo('named');
        return info.ok && info.value.state === 'RUNNING' ? info.value.pid : undefined;
      });
      const argv = await waitFor('it to be itself', () => {
        const found = readProcess(pid)?.argv;
        return found?.at(-1) === '601' && found.length === 2 ? found : undefined;
      });
      expect(argv).toEqual(['sleep', '601']);
    });
  });
});

it.skipIf(python === undefined)(
  'is what a daemon in the background has, and the next one',
  async (context) => {
    const programs = PROGRAMS.replaceAll('%(here)s', '%DIR%');
    const site = await makeDaemonSite(context, programs);
    writeFileSync(join(site.directory, 'teller.py'), TELLER);
    const untilTold = (times: number): Promise<true> =>
      waitFor(
        `the teller to tell ${times} times`,
        () => site.read('teller.log') === told(1500).repeat(times) || undefined,
        {
          observe: () => site.read('teller.log'),
        },
      );
    // As src/launch.sh, which is not executed here, passes it on.
    const prefix = ['env', 'RELOADCTL_SOFT_FILES=1500', ...UNDER(4096)];
    expect(await site.daemonUnder(prefix)).toMatchObject({ code: 0 });
    await untilTold(1);
    expect(await site.daemon('--replace')).toMatchObject({ code: 0 });
    site.signal('SIGHUP');
    await untilTold(2);
  },
);
