import { byKind } from '../../base/by-kind.ts';
import { redactCommand } from '../../base/secrets/redact-command.ts';
import type { Change, Finding, OpenPath, Trouble } from '../../doctor/finding.ts';
import { shown } from '../text/shown.ts';
import { refusalWords, remedies } from './refusal.ts';

/** What is said about a finding: what was seen, why it hurts, and what else to do where no line of the configuration ends it. */
export interface FindingWords {
  readonly observed: string;
  readonly why: string;
  /** undefined where the change says it all. */
  readonly advice: string | undefined;
}

/** A finding for people, in sentences without a full stop. */
export function findingWords({ trouble, change }: Finding): FindingWords {
  const { observed, why, advice } = wordsOf(trouble);
  return { observed, why, advice: change === undefined ? advice : undefined };
}

type Words = Omit<FindingWords, 'advice'> & { readonly advice?: string };

const octal = (mode: number): string => `0${mode.toString(8)}`;

const misread = ({ message }: { readonly message: string }): Words => ({
  observed: shown(message),
  why: 'supervisord says nothing about it, and the setting that was meant has no effect',
  advice: 'correct the line',
});

const wordsOf = byKind<Trouble, 'code', Words>('code', {
  'config-invalid': ({ message }) => ({
    observed: shown(message),
    why: 'supervisord refuses the whole file: it does not start, and does not take over a change',
    advice: 'correct the line',
  }),
  'line-misread': misread,
  'section-misspelt': misread,
  'option-misspelt': misread,
  'option-unknown': ({ message }) => ({
    observed: shown(message),
    why: 'supervisord says nothing about it',
    advice: 'remove it, or write what was meant',
  }),
  'set-twice': ({ message }) => ({
    observed: shown(message),
    why: 'who edits the first one wonders why nothing happens',
    advice: 'keep one of them',
  }),
  'never-exists': ({ message }) => ({
    observed: shown(message),
    why: 'it is never started, and nobody is told',
    advice: 'give it a name of its own',
  }),
  'config-remark': ({ message }) => ({
    observed: shown(message),
    why: 'supervisord only writes it to its log',
  }),
  'config-writable': ({ path, open }) => ({
    observed: openWords(path, open),
    why: `${whoWords(open)} can have commands run as the supervisor`,
    advice: closingWords(open),
  }),
  'command-writable': ({ path, open, part }) => ({
    observed: `${openWords(path, open)}; it is the ${part} of the program`,
    why: `${whoWords(open)} can have code run as the user of the program`,
    advice: closingWords(open),
  }),
  'name-open': ({ what, path, open }) => ({
    observed: `the ${what} ${shown(path)} is in ${shown(open.by)}, where ${whoWords(open)} can make files (mode ${octal(open.mode)})`,
    why: 'whoever makes it first, while it is not there, keeps the program from starting or answers in its place',
    advice: 'move it to a directory of its owner, such as one below /run',
  }),
  'password-readable': ({ path, mode }) => ({
    observed: `${shown(path)} holds a password in clear text and has mode ${octal(mode)}`,
    why: 'every user of this machine can read it, and with it control the programs',
    advice: `chmod o-r ${shown(path)}`,
  }),
  'socket-writable': ({ path, mode }) => ({
    observed: `${shown(path)} gets mode ${octal(mode)} and asks for no password`,
    why: 'every user of this machine can stop the programs, and have code run as their users',
    advice: 'take the right to write from others',
  }),
  'inet-open': ({ address }) => ({
    observed: `the supervisor listens on ${shown(address)} and asks for no password`,
    why: 'everybody who reaches that port can stop the programs and run code as their users',
    advice: 'listen on 127.0.0.1, set username and password, or use [unix_http_server]',
  }),
  'inet-without-password': ({ address }) => ({
    observed: `the supervisor listens on ${shown(address)} and asks for no password`,
    why: 'every user of this machine can stop the programs, and have code run as their users',
    advice: 'set username and password, or use [unix_http_server]',
  }),
  'no-control': ({ missing }) =>
    missing === 'server'
      ? {
          observed: 'there is neither a [unix_http_server] nor an [inet_http_server]',
          why: 'nobody can ask the supervisor anything: no status, no reload',
          advice: 'add [unix_http_server] with file=/run/supervisor.sock and chmod=0700',
        }
      : {
          observed: 'there is no [rpcinterface:supervisor]',
          why: 'the supervisor answers, but knows no command',
          advice:
            'add [rpcinterface:supervisor] with supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface',
        },
  'client-elsewhere': ({ serverurl, servers }) => ({
    observed: `serverurl is ${shown(serverurl)}, and the supervisor listens on ${servers.map((server) => shown(server)).join(', ')}`,
    why: 'supervisorctl and reloadctl ask somebody else, or nobody',
    advice: `set serverurl=${shown(servers[0] ?? '')} in [supervisorctl]`,
  }),
  'log-directory': ({ why, path }) => ({
    observed:
      why === 'missing'
        ? `the directory of ${shown(path)} does not exist`
        : `the supervisor may not write ${shown(path)}`,
    why: 'the program cannot be started',
    advice: 'make the directory, or give it to the user of the supervisor',
  }),
  directory: ({ why, path }) => ({
    observed:
      why === 'missing'
        ? `${shown(path)} is no directory`
        : `the user of the program may not enter ${shown(path)}`,
    why: 'the program ends with 127 at every start',
    advice: 'make it, or correct the path',
  }),
  command: ({ why, path }) => ({
    observed:
      why === 'missing'
        ? `${shown(path)} does not exist`
        : `${shown(path)} cannot be executed by the user of the program`,
    why: 'the program cannot be started, also not after a crash',
    advice: 'install it, or correct the path',
  }),
  'stopwaitsecs-too-short': ({ stopwaitsecs, setting, needs }) => ({
    observed: `stopwaitsecs is ${stopwaitsecs} s, and ${shown(setting)} is ${needs} s`,
    why: 'the supervisor KILLs the server while requests are still being answered, and its workers may stay behind with the port',
  }),
  'stopwaitsecs-for-jobs': ({ longest, stopwaitsecs, server }) => ({
    observed:
      longest === undefined
        ? `stopwaitsecs is ${stopwaitsecs} s, and nothing limits how long a job of ${shown(server)} takes`
        : `stopwaitsecs is ${stopwaitsecs} s, and a job may take ${longest} s`,
    why: 'the supervisor KILLs the worker in the middle of a job',
  }),
  stopsignal: (trouble) => stopsignalWords(trouble),
  'stopasgroup-jobs': ({ server }) => ({
    observed: `stopasgroup is on for ${shown(server)}`,
    why: 'the signal reaches the process that works on the job, which ends at once',
  }),
  daemonizes: ({ server, by }) => ({
    observed: `${shown(server)} goes into the background: ${shown(by)}`,
    why: 'the supervisor sees its process end, starts another one, and signals nobody',
    advice: 'keep it in the foreground',
  }),
  'shell-without-exec': ({ shell, last, canExec }) => ({
    observed: `${shown(shell)} stays above what it starts: ${shown(redactCommand(last))}`,
    why: 'signals of the supervisor reach the shell: it ends, and the server stays behind with the port',
    advice: canExec
      ? `write exec before the last command: exec ${shown(redactCommand(last))}`
      : 'start the server without a shell, or let the script end in it and start it with exec',
  }),
  'switches-user': ({ by }) => ({
    observed: `the command becomes another user by ${shown(by)}`,
    why: `${shown(by)} stays above the server: a signal reaches it late or not at all, and KILL reaches it alone`,
    advice: 'set user= and start the server directly',
  }),
  'shared-port': ({ numprocs, address }) => ({
    observed: `${numprocs} processes want ${shown(address)}`,
    why: 'one gets it, the others end in FATAL',
    advice: 'use workers of the server itself, reuse_port, or %(process_num)d in the address',
  }),
  'startsecs-below-boot': ({ startsecs, bootMs }) => ({
    observed: `startsecs is ${startsecs} s, and the last boot took ${(bootMs / 1000).toFixed(1)} s`,
    why: 'the supervisor says RUNNING of a server that does not serve yet, and never gives up on one that fails later',
  }),
  'autorestart-unexpected': ({ server }) => ({
    observed: `autorestart is unexpected, and 0 is an expected exit of ${shown(server)}`,
    why: 'a server that somebody ends with TERM exits 0 and stays down',
  }),
  'settings-broken': ({ output }) => ({
    observed: `gunicorn refuses its settings: ${shown(lastLine(output))}`,
    why: 'it ends at its next start, and a HUP ends it now',
    advice: 'correct its configuration; reloadctl check shows the whole output',
  }),
  'module-shadowed': ({ path }) => ({
    observed: `${shown(path)} is taken for the server itself by python -m`,
    why: 'it exits at once, or serves nothing',
    advice: 'rename the file, or start the server by its script',
  }),
  preload: {
    observed: 'preload_app is on',
    why: 'under supervisord no signal loads new code: a reload needs a moment out of service, and is refused without one',
    advice:
      "turn it off, put 'reloadctl run --' before the command, or use 'reloadctl daemon' as the supervisor",
  },
  'max-requests-in-step': ({ maxRequests }) => ({
    observed: `max_requests is ${maxRequests}, without max_requests_jitter`,
    why: 'all workers reach it at about the same time and are replaced together',
    advice: `set max_requests_jitter to ${Math.max(1, Math.round(maxRequests / 10))}`,
  }),
  'reload-on': {
    observed: 'reload is on: gunicorn watches the files of the application',
    why: 'a deployment that is half done is served as soon as the first file is there',
    advice: 'turn it off in production',
  },
  'hooks-run-twice': ({ hooks }) => ({
    observed: `server hooks: ${hooks.map((hook) => shown(hook)).join(', ')}`,
    why: 'a reload runs them once more, in the bridge',
    advice: 'make them bear it, or reload with --strategy rolling',
  }),
  'workers-drop-connections': ({ why, version }) =>
    why === 'gthread'
      ? {
          observed: `gthread workers of gunicorn ${shown(version)}`,
          why: 'they lose a connection or two whenever they end, however they are ended',
          advice: 'gunicorn 24.1 does not',
        }
      : {
          observed: `reuse_port with gunicorn ${shown(version)}`,
          why: 'the kernel resets the connections that wait at the socket of a worker that ends',
          advice: 'turn reuse_port off, or sysctl net.ipv4.tcp_migrate_req=1',
        },
  'stale-release': ({ directory, pointsTo, masterCwd }) => ({
    observed: `${shown(directory)} points to ${shown(pointsTo)}, and the server works in ${shown(masterCwd)}`,
    why: 'HUP, TTIN and USR2 all load the old release',
    advice: `add --chdir ${shown(directory)} to the command, or PWD="${shown(directory)}" to environment=`,
  }),
  armed: {
    observed: 'the code that lies there was refused, and has not been proved since',
    why: 'a worker that is replaced for any reason (a crash, max_requests, a timeout) loads it, and can take the running version down',
    advice: 'put the version before back, or repair it; then reloadctl check NAME',
  },
  'reload-refused': ({ refusal }) => ({
    observed: 'a reload would be refused',
    why: refusalWords(refusal),
    advice: remedies(refusal, { action: 'reload', target: 'NAME' })[0] ?? '',
  }),
  'port-held': ({ pid, address, command }) => ({
    observed:
      pid === undefined
        ? `${shown(address)} belongs to another process`
        : `${shown(address)} is held by process ${pid}${command === undefined ? '' : ` (${shown(redactCommand(command))})`}`,
    why: 'the program cannot bind it, often because an earlier run of it was left behind',
    advice:
      pid === undefined
        ? 'find out whose it is: ss -ltnp'
        : `look at it, then end it: reloadctl signal TERM pid:${pid}`,
  }),
  'leftover-bridge': ({ pid }) => ({
    observed: `an interrupted reload left bridge ${pid} behind`,
    why: 'it serves the code that it was started with',
    advice: 'the next reload retires it',
  }),
  'not-serving': ({ state, description }) => ({
    observed: `it is in ${state}: ${shown(description)}`,
    why: 'it does not serve',
    advice: 'reloadctl tail NAME stderr shows what it said',
  }),
});

const whoWords = ({ who }: OpenPath): string =>
  who === undefined ? 'every user of this machine' : shown(who);

function openWords(path: string, open: OpenPath): string {
  const what =
    open.may === 'write' ? `write ${shown(path)}` : `put something else in place of ${shown(path)}`;
  const by = open.by === path ? '' : `${shown(open.by)} has `;
  return `${whoWords(open)} can ${what} (${by}mode ${octal(open.mode)})`;
}

function closingWords({ by, right, mode }: OpenPath): string {
  // /tmp is meant to be so.
  if ((mode & 0o1000) !== 0) return 'take a directory of its owner, such as one below /srv';
  switch (right) {
    case 'owner':
      return `chown root ${shown(by)}`;
    case 'group':
      return `chmod g-w ${shown(by)}`;
    case 'others':
      return `chmod o-w ${shown(by)}`;
  }
}

function stopsignalWords(trouble: Extract<Trouble, { code: 'stopsignal' }>): Words {
  const signal = shown(trouble.signal);
  const server = shown(trouble.server);
  const because = trouble.option === undefined ? '' : ` (${shown(trouble.option)} is set)`;
  const observed = `stopsignal is ${signal} for ${server}${because}`;
  switch (trouble.effect) {
    case 'cuts-off':
      return {
        observed,
        why: 'it ends at once: what is in flight is cut off',
        advice: `remove ${shown(trouble.option ?? '')}`,
      };
    case 'reloads':
      return {
        observed,
        why: `${server} reloads at it and does not stop, until the supervisor KILLs it`,
      };
    case 'goes-on':
      return { observed, why: `${server} does not stop at it, until the supervisor KILLs it` };
    case 'waits-for-clients':
      return { observed, why: 'it waits until the last client has gone, and then is KILLed' };
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** The line that ends the trouble, as it would stand in the file. */
export function changeWords(change: Change): string {
  return change.change === 'set'
    ? `${change.key}=${change.key === 'command' ? redactCommand(change.value) : change.value}`
    : `${change.to} in place of ${change.from}`;
}
