import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { runCommand, type CommandResult } from '../../rig/command.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { makeDaemonSite, type DaemonSite } from '../daemon/support/daemon-site.ts';

/** Every secret of these tests holds this; what is printed or written must not. */
const MARK = 'cNry7';

let count = 0;
const canary = (): string => `${MARK}${(count += 1)}Q`;

const TOKEN = canary();
const PASSWORD = canary();
const LONG = `${MARK}${'x'.repeat(400)}`;

const CONFIGURATION = `loglevel=blather
environment=SUPERVISOR_TOKEN="${canary()}",PLAIN=x
[unix_http_server]
file=%DIR%/s.sock
username=u
password=${PASSWORD}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%DIR%/s.sock
username=u
password=${PASSWORD}
[program:web]
command=/bin/sh -c "exec sleep 69; : --password ${canary()} --token=${canary()} -p${canary()} -p ${canary()} redis://:${canary()}/@h http://u:${canary()}/x@h:1/p amqp://u:${LONG}@h/ %(ENV_CANARY_TOKEN)s"
environment=
    A="1",
    DB_PASSWORD="${canary()}",
    B="postgres://u:${canary()}@h/x"
stopsignal=KILL
stopwaitsecs=1
autorestart=true
startsecs=0
[program:broken]
command=/nonexistent/worker --password ${canary()} -uroot -p${canary()} --api-key="${canary()} x" mysql://a:${canary()}%%40@h/
[program:shell]
password=${canary()}
environment=PASSWORD="${canary()}"
command=/bin/sh -c "API_KEY=${canary()} sleep 69 --auth-token ${canary()}; true"
stopsignal=INT
autostart=false
[reloadctl:web]
health_url=http://u:${canary()}@127.0.0.1:1/
hooks=before_reload=/bin/false --password ${canary()}
`;

/** Configurations with a fault, which is told, next to a secret, which is not. */
const FAULTY: ReadonlyArray<readonly [title: string, text: string]> = [
  ['an unfinished quote', `[program:x]\ncommand=cat\nenvironment=A="${canary()}\n`],
  ['variables without a name', `[program:x]\ncommand=cat\nenvironment=${canary()}\n`],
  ['an expansion that ends too early', `[supervisorctl]\npassword=%(${canary()}\n`],
  ['an unknown expansion', `[program:x]\ncommand=cat %(nope)s --password ${canary()}\n`],
  ['one in a variable', `[program:x]\ncommand=cat\nenvironment=T="1",B="%(x)s ${canary()}"\n`],
  ['an address', `[supervisorctl]\nserverurl=htp://u:${canary()}@h\n`],
  ['a health URL', `[reloadctl]\nhealth_url=htp://u:${canary()}/x@h\n`],
  ['no =', `[x]\npassword ${canary()}\n`],
  ['no section', `password=${canary()}\n[x]\n`],
  ['a misspelt environment', `[program:x]\ncommand=cat\nenviroment=A="${canary()}"\n`],
  ['a misspelt password', `[unix_http_server]\nfile=/tmp/x\npasword=${canary()}\n`],
  ['a password without a user', `[unix_http_server]\nfile=/tmp/x\npassword=${canary()}\n`],
  ['an indented line', `[program:x]\ncommand=cat\n  environment=TOKEN="${canary()}"\n`],
  ['two of a kind', `[program:x]\ncommand=cat\nenvironment=T="${canary()}"\nenvironment=T="1"\n`],
  ['a directory', `[program:x]\ncommand=cat\nstdout_logfile=%(here)s/%(ENV_CANARY_TOKEN)s/x\n`],
  ['a broken header', `[program:x\nenvironment=TOKEN="${canary()}"\n`],
];

interface Shop {
  readonly site: DaemonSite;
  readonly run: (args: readonly string[], input?: string) => Promise<CommandResult>;
}

async function openShop(
  context: Pick<TestContext, 'onTestFinished'>,
  programs: string,
): Promise<Shop> {
  const site = await makeDaemonSite(context, programs);
  const cli = await builtCli();
  const env = {
    ...process.env,
    CANARY_TOKEN: TOKEN,
    HOME: site.directory,
    RELOADCTL_STATE_DIR: join(site.directory, 'state'),
    RELOADCTL_TEST_SITE: site.directory,
  };
  const run: Shop['run'] = (args, input = '') =>
    runCommand([process.execPath, cli, '-c', join(site.directory, 'supervisord.conf'), ...args], {
      cwd: site.directory,
      env,
      input,
    });
  return { site, run };
}

/** The lines that show a secret. */
function leaksIn(title: string, text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.includes(MARK))
    .map((line) => `${title}: ${line}`);
}

function leaksOf(args: readonly string[], { stdout, stderr }: CommandResult): readonly string[] {
  const title = `reloadctl ${args.filter((arg) => !arg.includes(MARK)).join(' ')}`;
  return [...leaksIn(title, stdout), ...leaksIn(`${title} (stderr)`, stderr)];
}

function leaksInFiles(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(directory, name);
    // Gone: what a process left in /tmp for a moment.
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (name.endsWith('.conf') || stat?.isFile() !== true) return [];
    return leaksIn(`file ${name}`, readFileSync(path, 'utf8'));
  });
}

describe.concurrent('rule 9: a secret appears nowhere', () => {
  test('in what the commands print, and in what they and the daemon write', async (context) => {
    const { site, run } = await openShop(context, CONFIGURATION);
    const leaks: string[] = [];
    const outputs: string[] = [];
    const look = async (args: readonly string[], input?: string): Promise<void> => {
      const result = await run(args, input);
      outputs.push(result.stdout + result.stderr);
      leaks.push(...leaksOf(args, result));
    };
    await look(['daemon']);
    expect(outputs).toEqual(['']);
    await waitFor('the daemon to have given up on what is not there', () =>
      site.read('s.log').includes('broken entered FATAL') ? true : undefined,
    );
    for (const args of [
      ['status'],
      ['status', '--long'],
      ['--json', 'status', '--long'],
      ['avail'],
      ['plan', 'restart', 'web'],
      ['--json', 'plan', 'restart', 'web'],
      ['check', 'web'],
      ['doctor'],
      ['doctor', '--fix'],
      ['doctor', '--offline'],
      ['--json', 'doctor'],
      ['--json', 'doctor', '--fix'],
      ['start', 'broken'],
      ['--json', 'start', 'broken'],
      ['restart', 'web'],
      ['--json', 'restart', 'web'],
      ['restart', 'web', '--health-url', `http://u:${canary()}/q@127.0.0.1:1/`],
      ['signal', 'HUP', 'web'],
      ['maintail'],
      ['-s', `http://u:${canary()}/@127.0.0.1:1`, 'status'],
      ['-s', `http://u:${canary()}a@b/c@@127.0.0.1:1`, 'status'],
      ['-s', `foo://u:${canary()}@127.0.0.1:1`, 'status'],
      ['-p', canary(), '-u', 'u', 'status'],
      [`-p${canary()}`, '-uu', '--json', 'status'],
      ['status', `--pasword=${canary()}`],
      ['fg', 'nosuch'],
    ]) {
      await look(args);
    }
    site.rewrite(CONFIGURATION.replace('exec sleep', `exec sleep 1 --password ${canary()}`));
    for (const args of [['reread'], ['--json', 'reread'], ['update'], ['status', '--long']]) {
      await look(args);
    }
    await look([], `status\nopen http://u:${canary()}@127.0.0.1:1\nstatus\nquit\n`);
    await look(['shutdown']);
    expect([...leaks, ...leaksInFiles(site.directory)]).toEqual([]);
    // The rest of it was said.
    expect(outputs.join('')).toContain('***');
    expect(readFileSync(join(site.directory, 's.log'), 'utf8')).toContain('/nonexistent/worker');
  });

  test.for(FAULTY)('in an error: %s', async ([, text], context) => {
    const { site, run } = await openShop(context, '');
    const head = text.startsWith('password') ? '' : '[supervisord]\n';
    writeFileSync(join(site.directory, 'supervisord.conf'), head + text);
    const leaks: string[] = [];
    for (const args of [
      ['status'],
      ['plan', 'reload', 'x'],
      ['doctor', '--offline'],
      ['--json', 'doctor', '--offline'],
      ['doctor', '--fix', '--offline'],
    ]) {
      leaks.push(...leaksOf(args, await run(args)));
    }
    expect(leaks).toEqual([]);
  });

  test('in the list of processes, as soon as a command has begun', async (context) => {
    const { site, run } = await openShop(context, '');
    writeFileSync(join(site.directory, 'supervisord.conf'), '[supervisord]\n');
    const silent = createServer().listen(0, '127.0.0.1');
    context.onTestFinished(() => {
      silent.close();
    });
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const asked = once(silent, 'connection');
    const running = run(['-s', url, '-u', 'u', '-p', canary(), 'status']);
    const [connection] = (await asked) as [Socket];
    const argv = site.everything().map((each) => each.argv.join(' '));
    connection.destroy();
    await running;
    expect(argv).toHaveLength(1);
    expect(argv.join()).toContain('-u u -p *** status');
  });
});
