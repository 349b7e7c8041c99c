import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findExecPlace } from '../../../src/doctor/command/exec-place.ts';

/** Scripts whose last command may get an `exec`, and that command. Each is run with and without it. */
const GETS_EXEC: ReadonlyArray<readonly [script: string, last: string]> = [
  ['uname -s', 'uname -s'],
  ['/bin/echo a', '/bin/echo a'],
  ['cd / && /bin/pwd', '/bin/pwd'],
  ['cd /; /bin/pwd', '/bin/pwd'],
  ['cd / &&\n  /bin/pwd\n', '/bin/pwd'],
  ['true;\nuname -s;\n', 'uname -s'],
  ['#!/bin/sh\nset -e\nexport A=1\nenv A=2 /bin/echo "$A"\n', 'env A=2 /bin/echo "$A"'],
  ['uname -s # the last', 'uname -s'],
  ['uname -s\n\n# nothing else\n', 'uname -s'],
  ['uname \\\n  -s', 'uname \\\n  -s'],
  ['A=1; export A; /bin/echo $A', '/bin/echo $A'],
  ['B=/bin; $B/echo a', '$B/echo a'],
  ['B=/bin; "$B/echo" a', '"$B/echo" a'],
  ['B=/bin; "${B}/echo" a', '"${B}/echo" a'],
  ['/bin/echo "a; b" \'c | d &\'', '/bin/echo "a; b" \'c | d &\''],
  ['/bin/echo "it\'s"', '/bin/echo "it\'s"'],
  ['/bin/echo a > /dev/null 2>&1', '/bin/echo a > /dev/null 2>&1'],
  ['/bin/echo a 1>&2', '/bin/echo a 1>&2'],
  ['cd "$(dirname "/bin/x")" && /bin/pwd', '/bin/pwd'],
  ['/bin/echo "$(printf "%s)" a)" `echo b`', '/bin/echo "$(printf "%s)" a)" `echo b`'],
  ['/bin/echo $((1 + (2 * 3)))', '/bin/echo $((1 + (2 * 3)))'],
  ['if true; then A=1; fi\n/bin/echo a', '/bin/echo a'],
  ['for i in 1 2; do echo $i; done; /bin/echo a', '/bin/echo a'],
  ['false || true\n/bin/echo a', '/bin/echo a'],
  ['echo a | cat\n/bin/echo b', '/bin/echo b'],
  ['[ -d / ] && /bin/echo a', '/bin/echo a'],
  ['. /dev/null; /bin/echo a', '/bin/echo a'],
  ['/bin/echo if then fi', '/bin/echo if then fi'],
];

/** Scripts in which an `exec` before the last command would be wrong, or might be. */
const GETS_NONE: readonly string[] = [
  '',
  '# nothing',
  'exec gunicorn app',
  "trap 'kill 0' TERM",
  "trap 'rm -f /run/x' EXIT; gunicorn app",
  'gunicorn app & wait $!',
  'gunicorn app &\nwait',
  'gunicorn app &',
  'redis-server & gunicorn app',
  'gunicorn app; exit 1',
  'gunicorn app\nexit $?',
  'exit 1',
  '. /srv/start.sh',
  'source /srv/start.sh',
  'eval gunicorn app',
  'command gunicorn app',
  'gunicorn app || exec true',
  'gunicorn app || true',
  'true || gunicorn app',
  'true ||\ngunicorn app',
  'true || false && gunicorn app',
  'gunicorn app &&',
  'gunicorn app | cat',
  'cat x | gunicorn app',
  'cat x |\ngunicorn app',
  '(gunicorn app)',
  '(cd /srv; gunicorn app)',
  '{ gunicorn app; }',
  'if true; then gunicorn app; fi',
  'while true; do gunicorn app; done',
  'until gunicorn app; do sleep 1; done',
  'for i in 1; do gunicorn app; done',
  'while :; do :; done\nif true; then\ngunicorn app\nfi',
  'case $1 in a) gunicorn app;; esac',
  '! gunicorn app',
  'time gunicorn app',
  'FOO=1 gunicorn app',
  'FOO=1 BAR=2 /bin/gunicorn app',
  'FOO=1',
  '> log gunicorn app',
  'start() { gunicorn app; }; start',
  'function start { gunicorn app; }\nstart',
  'alias start=gunicorn; start',
  '. ./lib.sh; start_server',
  'eval "$SETUP"; start_server',
  '"$@"',
  '$COMMAND app',
  'gunicorn "app',
  "gunicorn 'app",
  'gunicorn <<EOF\napp\nEOF',
  'gunicorn app |& cat',
  'gunicorn app &> log',
  'cat <(gunicorn app)',
  '[ -f x ]',
  '[[ -f x ]]',
  'echo a',
  'printf a',
  'gunicorn app; cd /',
  'gunicorn app && echo done',
  'gunicorn app; unset A',
  'gunicorn app; kill $!',
  'gunicorn app; wait',
  'gunicorn app; :',
  'set -- a; shift',
];

function run(script: string): unknown {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('findExecPlace', () => {
  it.each(GETS_EXEC)('%j ends in a program', (script, last) => {
    expect(findExecPlace(script)).toBe(last);
    const at = script.lastIndexOf(last);
    const changed = `${script.slice(0, at)}exec ${script.slice(at)}`;
    expect(spawnSync('/bin/sh', ['-n', '-c', changed]).status).toBe(0);
    expect(run(changed)).toEqual(run(script));
    expect(run(changed)).toMatchObject({ status: 0 });
    // The shell has given way: what it would do afterwards does not happen.
    expect(run(`${changed}\n/bin/echo afterwards`)).toEqual(run(script));
  });

  it.each(GETS_NONE)('%j is left alone', (script) => {
    expect(findExecPlace(script)).toBeUndefined();
  });

  it('takes a server for a program after a file was read in', () => {
    expect(findExecPlace('. venv/bin/activate; gunicorn app')).toBe('gunicorn app');
  });
});
