import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { reservePort, type ReservedPort } from '../../rig/site/ports.ts';
import { superlanceForTests } from '../../rig/superlance.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { SERVERS } from '../daemon/support/both-servers.ts';
import { ConformanceSite } from './support/conformance-site.ts';

const python = await pythonForTests('newest');
const superlance = await superlanceForTests();

/** Answers 500 in its first life, 200 in the next. */
const WEB = `
import http.server, os, sys
directory, port = sys.argv[1:]
first = os.path.join(directory, 'web.first')
status = 200 if os.path.exists(first) else 500
open(first, 'w').close()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(status)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(port)), Handler).serve_forever()
`;

/** Takes more memory than it may in its first life. */
const HOG = `
import os, sys, time
first = os.path.join(sys.argv[1], 'hog.first')
is_first = not os.path.exists(first)
# Before it is big: who restarts it then may be quicker than the next line.
open(first, 'w').close()
kept = bytes(b'x') * 120_000_000 if is_first else b''
time.sleep(600)
`;

const SENDMAIL = `#!/bin/sh\ncat >> "$(dirname "$0")/mails"\necho ======== >> "$(dirname "$0")/mails"\n`;

function programs(port: number): string {
  const listener = (name: string, command: string, events: string): string =>
    `[eventlistener:${name}]\ncommand=${command}\nevents=${events}\nstartsecs=0\nstderr_logfile=%(here)s/${name}.err\n`;
  const interpreter = superlance?.python ?? '';
  return [
    // supervisor's own library cannot read the header with a blank in it, which the identifier of other sites has.
    '[supervisord]\nidentifier=plain\n',
    listener(
      'crashmail',
      `${superlance?.crashmail ?? ''} -p crasher -p polite -m me@example.org -s %(here)s/sendmail`,
      'PROCESS_STATE_EXITED',
    ),
    listener(
      'httpok',
      `${superlance?.httpok ?? ''} -p web -t 2 http://127.0.0.1:${port}/`,
      'TICK_5',
    ),
    listener('memmon', `${superlance?.memmon ?? ''} -p hog=60MB`, 'TICK_5'),
    `[program:web]\ncommand=${interpreter} %(here)s/web.py %(here)s ${port}\n`,
    `[program:hog]\ncommand=${interpreter} %(here)s/hog.py %(here)s\n`,
    '[program:crasher]\ncommand=/bin/sh -c "read line; exit 3"\nstartsecs=0\nautorestart=false\n',
    '[program:polite]\ncommand=/bin/sh -c "read line; exit 0"\nstartsecs=0\nautorestart=false\n',
  ].join('');
}

describe.skipIf(python === undefined || superlance === undefined).each(SERVERS)(
  'the listeners of superlance, %s',
  (name) => {
    let site: ConformanceSite;
    let port: ReservedPort;

    beforeAll(async () => {
      if (python === undefined) return;
      port = await reservePort();
      const files = { 'web.py': WEB, 'hog.py': HOG, sendmail: SENDMAIL };
      site = await ConformanceSite.start(
        name,
        python,
        programs(port.port),
        'PROCESS_STATE,TICK_5',
        files,
      );
      chmodSync(join(site.server.directory, 'sendmail'), 0o755);
      for (const each of ['web', 'hog', 'crasher', 'polite']) {
        await site.waitForChange(each, 'RUNNING');
      }
    });
    afterAll(async () => {
      await site.stop();
      await port.release();
    });

    /** The process after the one with which it began. */
    const untilRestarted = (program: string): Promise<unknown> =>
      waitFor(
        `${program} to be restarted`,
        () => site.changesOf(program).filter(({ state }) => state === 'RUNNING')[1],
        {
          ceilingMs: 30_000,
          observe: () => [
            site.changesOf(program),
            site.read('httpok.err'),
            site.read('memmon.err'),
            site.mainLog,
          ],
        },
      );

    it('crashmail mails an unexpected exit, and that alone', async () => {
      expect(await site.call('sendProcessStdin', 'polite', '\n')).toBe(true);
      await site.waitForChange('polite', 'EXITED');
      const { pid } = await site.info('crasher');
      expect(await site.call('sendProcessStdin', 'crasher', '\n')).toBe(true);
      const mails = await site.waitForText('mails', '========');
      expect(mails).toMatch(/^To: me@example\.org\nSubject: +crasher crashed at /);
      expect(mails).toContain(
        `Process crasher in group crasher exited unexpectedly (pid ${pid}) from state RUNNING`,
      );
      expect(mails).not.toContain('polite');
    });

    it('httpok restarts what does not answer as it should, once', async () => {
      await untilRestarted('web');
      expect(site.read('httpok.err')).toContain('web is in RUNNING state, restarting');
      await aTickLater();
      expect(site.statesOf('web')).toEqual([
        ...['STARTING', 'RUNNING', 'STOPPING', 'STOPPED'],
        ...['STARTING', 'RUNNING'],
      ]);
    });

    it('memmon restarts what has taken too much memory, once', async () => {
      await untilRestarted('hog');
      expect(site.read('memmon.err')).toContain('Restarting hog:hog');
      await aTickLater();
      expect(site.statesOf('hog').filter((state) => state === 'STOPPED')).toHaveLength(1);
    });

    it('and none of them broke the protocol', () => {
      for (const listener of ['crashmail', 'httpok', 'memmon']) {
        expect(site.statesOf(listener)).toEqual(['STARTING', 'RUNNING']);
      }
      expect(site.mainLog).not.toMatch(/WARN (crashmail|httpok|memmon)/);
    });

    async function aTickLater(): Promise<void> {
      const ticks = (): number => site.events.filter(({ type }) => type === 'TICK_5').length;
      const before = ticks();
      await waitFor('another tick', () => ticks() > before || undefined);
    }
  },
);
