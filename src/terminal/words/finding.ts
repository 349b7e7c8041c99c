import { redactCommand } from '../../base/secrets/redact-command.ts';
import type { Change, Finding, OpenPath, Trouble } from '../../doctor/finding.ts';
import { shown } from '../text/shown.ts';

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

function wordsOf(trouble: Trouble): Words {
  switch (trouble.code) {
    case 'config-invalid':
      return {
        observed: shown(trouble.message),
        why: 'supervisord refuses the whole file: it does not start, and does not take over a change',
        advice: 'correct the line',
      };
    case 'line-misread':
    case 'section-misspelt':
    case 'option-misspelt':
      return {
        observed: shown(trouble.message),
        why: 'supervisord says nothing about it, and the setting that was meant has no effect',
        advice: 'correct the line',
      };
    case 'option-unknown':
      return {
        observed: shown(trouble.message),
        why: 'supervisord says nothing about it',
        advice: 'remove it, or write what was meant',
      };
    case 'set-twice':
      return {
        observed: shown(trouble.message),
        why: 'who edits the first one wonders why nothing happens',
        advice: 'keep one of them',
      };
    case 'never-exists':
      return {
        observed: shown(trouble.message),
        why: 'it is never started, and nobody is told',
        advice: 'give it a name of its own',
      };
    case 'config-remark':
      return { observed: shown(trouble.message), why: 'supervisord only writes it to its log' };
    case 'config-writable':
      return {
        observed: openWords(trouble.path, trouble.open),
        why: `${whoWords(trouble.open)} can have commands run as the supervisor`,
        advice: closingWords(trouble.open),
      };
    case 'command-writable':
      return {
        observed: `${openWords(trouble.path, trouble.open)}; it is the ${trouble.part} of the program`,
        why: `${whoWords(trouble.open)} can have code run as the user of the program`,
        advice: closingWords(trouble.open),
      };
    case 'name-open':
      return {
        observed: `the ${trouble.what} ${shown(trouble.path)} is in ${shown(trouble.open.by)}, where ${whoWords(trouble.open)} can make files (mode ${octal(trouble.open.mode)})`,
        why: 'whoever makes it first, while it is not there, keeps the program from starting or answers in its place',
        advice: 'move it to a directory of its owner, such as one below /run',
      };
    case 'password-readable':
      return {
        observed: `${shown(trouble.path)} holds a password in clear text and has mode ${octal(trouble.mode)}`,
        why: 'every user of this machine can read it, and with it control the programs',
        advice: `chmod o-r ${shown(trouble.path)}`,
      };
    case 'socket-writable':
      return {
        observed: `${shown(trouble.path)} gets mode ${octal(trouble.mode)} and asks for no password`,
        why: 'every user of this machine can stop the programs, and have code run as their users',
        advice: 'take the right to write from others',
      };
    case 'inet-open':
      return {
        observed: `the supervisor listens on ${shown(trouble.address)} and asks for no password`,
        why: 'everybody who reaches that port can stop the programs and run code as their users',
        advice: 'listen on 127.0.0.1, set username and password, or use [unix_http_server]',
      };
    case 'inet-without-password':
      return {
        observed: `the supervisor listens on ${shown(trouble.address)} and asks for no password`,
        why: 'every user of this machine can stop the programs, and have code run as their users',
        advice: 'set username and password, or use [unix_http_server]',
      };
    case 'no-control':
      return trouble.missing === 'server'
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
          };
    case 'client-elsewhere':
      return {
        observed: `serverurl is ${shown(trouble.serverurl)}, and the supervisor listens on ${trouble.servers.map((server) => shown(server)).join(', ')}`,
        why: 'supervisorctl and reloadctl ask somebody else, or nobody',
        advice: `set serverurl=${shown(trouble.servers[0] ?? '')} in [supervisorctl]`,
      };
    case 'log-directory':
      return {
        observed:
          trouble.why === 'missing'
            ? `the directory of ${shown(trouble.path)} does not exist`
            : `the supervisor may not write ${shown(trouble.path)}`,
        why: 'the program cannot be started',
        advice: 'make the directory, or give it to the user of the supervisor',
      };
    case 'directory':
      return {
        observed:
          trouble.why === 'missing'
            ? `${shown(trouble.path)} is no directory`
            : `the user of the program may not enter ${shown(trouble.path)}`,
        why: 'the program ends with 127 at every start',
        advice: 'make it, or correct the path',
      };
    case 'command':
      return {
        observed:
          trouble.why === 'missing'
            ? `${shown(trouble.path)} does not exist`
            : `${shown(trouble.path)} cannot be executed by the user of the program`,
        why: 'the program cannot be started, also not after a crash',
        advice: 'install it, or correct the path',
      };
    case 'stopwaitsecs-too-short':
      return {
        observed: `stopwaitsecs is ${trouble.stopwaitsecs} s, and ${shown(trouble.setting)} is ${trouble.needs} s`,
        why: 'the supervisor KILLs the server while requests are still being answered, and its workers may stay behind with the port',
      };
    case 'stopwaitsecs-for-jobs':
      return {
        observed:
          trouble.longest === undefined
            ? `stopwaitsecs is ${trouble.stopwaitsecs} s, and nothing limits how long a job of ${shown(trouble.server)} takes`
            : `stopwaitsecs is ${trouble.stopwaitsecs} s, and a job may take ${trouble.longest} s`,
        why: 'the supervisor KILLs the worker in the middle of a job',
      };
    case 'stopsignal':
      return stopsignalWords(trouble);
    case 'stopasgroup-jobs':
      return {
        observed: `stopasgroup is on for ${shown(trouble.server)}`,
        why: 'the signal reaches the process that works on the job, which ends at once',
      };
    case 'daemonizes':
      return {
        observed: `${shown(trouble.server)} goes into the background: ${shown(trouble.by)}`,
        why: 'the supervisor sees its process end, starts another one, and signals nobody',
        advice: 'keep it in the foreground',
      };
    case 'shell-without-exec':
      return {
        observed: `${shown(trouble.shell)} stays above what it starts: ${shown(redactCommand(trouble.last))}`,
        why: 'signals of the supervisor reach the shell: it ends, and the server stays behind with the port',
        advice: trouble.canExec
          ? `write exec before the last command: exec ${shown(redactCommand(trouble.last))}`
          : 'start the server without a shell, or let the script end in it and start it with exec',
      };
    case 'switches-user':
      return {
        observed: `the command becomes another user by ${shown(trouble.by)}`,
        why: `${shown(trouble.by)} stays above the server: a signal reaches it late or not at all, and KILL reaches it alone`,
        advice: 'set user= and start the server directly',
      };
    case 'shared-port':
      return {
        observed: `${trouble.numprocs} processes want ${shown(trouble.address)}`,
        why: 'one gets it, the others end in FATAL',
        advice: 'use workers of the server itself, reuse_port, or %(process_num)d in the address',
      };
    case 'startsecs-below-boot':
      return {
        observed: `startsecs is ${trouble.startsecs} s, and the last boot took ${(trouble.bootMs / 1000).toFixed(1)} s`,
        why: 'the supervisor says RUNNING of a server that does not serve yet, and never gives up on one that fails later',
      };
    case 'autorestart-unexpected':
      return {
        observed: `autorestart is unexpected, and 0 is an expected exit of ${shown(trouble.server)}`,
        why: 'a server that somebody ends with TERM exits 0 and stays down',
      };
    case 'settings-broken':
      return {
        observed: `gunicorn refuses its settings: ${shown(lastLine(trouble.output))}`,
        why: 'it ends at its next start, and a HUP ends it now',
        advice: 'correct its configuration; reloadctl check shows the whole output',
      };
    case 'module-shadowed':
      return {
        observed: `${shown(trouble.path)} is taken for the server itself by python -m`,
        why: 'it exits at once, or serves nothing',
        advice: 'rename the file, or start the server by its script',
      };
    case 'preload':
      return {
        observed: 'preload_app is on',
        why: 'under supervisord no signal loads new code: a reload needs a moment out of service, and is refused without one',
        advice:
          "turn it off, put 'reloadctl run --' before the command, or use 'reloadctl daemon' as the supervisor",
      };
    case 'max-requests-in-step':
      return {
        observed: `max_requests is ${trouble.maxRequests}, without max_requests_jitter`,
        why: 'all workers reach it at about the same time and are replaced together',
        advice: `set max_requests_jitter to ${Math.max(1, Math.round(trouble.maxRequests / 10))}`,
      };
    case 'reload-on':
      return {
        observed: 'reload is on: gunicorn watches the files of the application',
        why: 'a deployment that is half done is served as soon as the first file is there',
        advice: 'turn it off in production',
      };
    case 'hooks-run-twice':
      return {
        observed: `server hooks: ${trouble.hooks.map((hook) => shown(hook)).join(', ')}`,
        why: 'a reload runs them once more, in the bridge',
        advice: 'make them bear it, or reload with --strategy rolling',
      };
    case 'workers-drop-connections':
      return trouble.why === 'gthread'
        ? {
            observed: `gthread workers of gunicorn ${shown(trouble.version)}`,
            why: 'they lose a connection or two whenever they end, however they are ended',
            advice: 'gunicorn 24.1 does not',
          }
        : {
            observed: `reuse_port with gunicorn ${shown(trouble.version)}`,
            why: 'the kernel resets the connections that wait at the socket of a worker that ends',
            advice: 'turn reuse_port off, or sysctl net.ipv4.tcp_migrate_req=1',
          };
    case 'stale-release':
      return {
        observed: `${shown(trouble.directory)} points to ${shown(trouble.pointsTo)}, and the server works in ${shown(trouble.masterCwd)}`,
        why: 'HUP, TTIN and USR2 all load the old release',
        advice: `add --chdir ${shown(trouble.directory)} to the command, or PWD="${shown(trouble.directory)}" to environment=`,
      };
    case 'port-held':
      return {
        observed:
          trouble.pid === undefined
            ? `${shown(trouble.address)} belongs to another process`
            : `${shown(trouble.address)} is held by process ${trouble.pid}${trouble.command === undefined ? '' : ` (${shown(redactCommand(trouble.command))})`}`,
        why: 'the program cannot bind it, often because an earlier run of it was left behind',
        advice:
          trouble.pid === undefined
            ? 'find out whose it is: ss -ltnp'
            : `look at it, then end it: reloadctl signal TERM pid:${trouble.pid}`,
      };
    case 'leftover-bridge':
      return {
        observed: `an interrupted reload left bridge ${trouble.pid} behind`,
        why: 'it serves the code that it was started with',
        advice: 'the next reload retires it',
      };
    case 'not-serving':
      return {
        observed: `it is in ${trouble.state}: ${shown(trouble.description)}`,
        why: 'it does not serve',
        advice: 'reloadctl tail NAME stderr shows what it said',
      };
  }
}

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
