import type { ProcessState } from '../../../src/rpc/supervisor.ts';
import type { Twin } from './twins.ts';

/** Programs in every state that lasts, with every kind of log. */
export const PROGRAMS = `
[program:cat]
command=/bin/sh -c "printf 'one\\ntwo\\nthree\\n'; printf 'oops\\n' >&2; exec cat"
startsecs=0
[program:manual]
command=/bin/cat
autostart=false
priority=5
[program:fatal]
command=/bin/false
startsecs=1000
startretries=0
[program:exit0]
command=/bin/true
startsecs=0
autorestart=false
[program:exit3]
command=/bin/sh -c "exit 3"
startsecs=0
autorestart=false
[program:backoff]
command=/nonexistent/program
startretries=100000
[program:slow]
command=/bin/cat
startsecs=100000
[program:stuck]
command=/bin/sh -c "trap '' TERM; printf 'ready\\n'; while read line; do :; done"
startsecs=0
stopwaitsecs=100000
[program:averyveryveryverylongprogramnamethatexceedsthirty]
command=/bin/cat
startsecs=0
[program:nolog]
command=/bin/cat
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:notyet]
command=/bin/cat
autostart=false
stdout_logfile=%(here)s/notyet.log
[program:accents]
command=/bin/sh -c "printf 'd\\303\\251j\\303\\240 vu\\n'; exec cat"
startsecs=0
[program:latin1]
command=/bin/sh -c "printf 'caf\\351\\n'; printf 'said\\n' >&2; exec cat"
startsecs=0
[program:colour]
command=/bin/sh -c "printf '\\033[31mred\\033[0m\\r\\n\\tdone\\n'; exec cat"
startsecs=0
[group:grp]
programs=ga,gb
priority=10
[program:ga]
command=/bin/cat
startsecs=0
priority=1
[program:gb]
command=/bin/cat
startsecs=0
priority=2
`;

/** Waits until the programs are in their states and have said what they say. */
export async function settle(twin: Twin): Promise<void> {
  await twin.waitForStates(STATES);
  await twin.waitForLog('cat', 'three\n');
  await twin.waitForLog('cat', 'oops\n', 'stderr');
  await twin.waitForLog('accents', 'vu\n');
  await twin.waitForLog('colour', 'done\n');
  await twin.waitForLog('stuck', 'ready\n');
  await twin.waitForLog('latin1', 'said\n', 'stderr');
}

const STATES: Readonly<Record<string, ProcessState>> = {
  'cat:cat': 'RUNNING',
  'manual:manual': 'STOPPED',
  'fatal:fatal': 'FATAL',
  'exit0:exit0': 'EXITED',
  'exit3:exit3': 'EXITED',
  'backoff:backoff': 'BACKOFF',
  'slow:slow': 'STARTING',
  'stuck:stuck': 'RUNNING',
  'nolog:nolog': 'RUNNING',
  'accents:accents': 'RUNNING',
  'latin1:latin1': 'RUNNING',
  'colour:colour': 'RUNNING',
  'grp:ga': 'RUNNING',
  'grp:gb': 'RUNNING',
};
