/** A call of reloadctl as somebody would type it, without the name of the program, and what it is for. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** Examples for every command: for its help, the shell's help and the man page. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  reload: [
    { line: 'reload usercenter', does: 'put the new code of usercenter into service' },
    { line: "reload 'web:*'", does: 'every program of the group web, one after the other' },
    { line: 'reload usercenter --dry-run', does: 'print the plan and do nothing' },
    {
      line: 'reload usercenter --health-url http://127.0.0.1:8000/health',
      does: 'count it as done only when this answers 2xx',
    },
    { line: 'reload pid:4711', does: 'a gunicorn that no supervisor runs' },
  ],
  restart: [
    { line: 'restart usercenter', does: 'reload, or stop and start where there is no reload' },
    { line: 'restart --hard usercenter', does: 'always stop and start' },
  ],
  start: [
    { line: 'start usercenter', does: 'start it, and wait until it serves' },
    { line: "start 'web:*'", does: 'every program of the group web' },
    { line: 'start all', does: 'everything' },
  ],
  stop: [
    { line: 'stop usercenter', does: 'stop it, and leave nothing of it behind' },
    { line: 'stop all', does: 'everything' },
  ],
  'reopen-logs': [
    { line: 'reopen-logs usercenter', does: 'after its log files were moved away' },
    { line: "reopen-logs 'web:*'", does: 'postrotate of logrotate, for a whole group' },
  ],
  scale: [
    { line: 'scale usercenter +2', does: 'two workers more' },
    { line: 'scale usercenter -1', does: 'one fewer, which finishes what it has' },
    { line: 'scale usercenter 8', does: 'eight, however many there are' },
  ],
  upgrade: [
    {
      line: 'upgrade usercenter',
      does: 'the binary that lies there now, without a failed request',
    },
    { line: 'upgrade pidfile:/run/nginx.pid', does: 'of a server that no supervisor runs' },
  ],
  plan: [
    { line: 'plan reload usercenter', does: 'which signals to which pids, in what order, and why' },
    { line: 'plan restart --hard usercenter', does: 'the same for a stop and a start' },
    { line: 'plan scale usercenter +2', does: 'the same for two workers more' },
  ],
  check: [
    { line: 'check usercenter', does: 'does the code that lies there now load?' },
    {
      line: 'check usercenter --directory /srv/releases/42',
      does: 'does a release load that is not live yet?',
    },
  ],
  status: [
    { line: 'status', does: 'all programs' },
    { line: "status usercenter 'web:*'", does: 'some of them' },
    { line: 'status --long', does: 'with workers, memory and the last reload' },
    { line: 'status --watch', does: 'live, as top' },
    { line: 'status --json', does: 'for scripts' },
  ],
  top: [
    { line: 'top', does: 'all programs, live on the whole screen' },
    { line: "top 'web:*' --interval 2", does: 'one group, every two seconds' },
    { line: 'top | tee status.log', does: 'as plain listings, until Ctrl-C' },
  ],
  signal: [
    { line: 'signal USR1 usercenter', does: 'let gunicorn open its log files again' },
    { line: "signal HUP 'web:*'", does: 'every process of a group' },
  ],
  daemon: [
    { line: 'daemon', does: 'start the supervisor in the background' },
    { line: 'daemon --nodaemon', does: 'in the foreground, for a container or systemd' },
  ],
  run: [
    { line: 'run -- gunicorn -c gunicorn.py wsgi:app', does: 'one program; HUP reloads it' },
    {
      line: 'run --directory /srv/app/current -- gunicorn wsgi:app',
      does: 'the same, and each reload follows the link',
    },
  ],
  pid: [
    { line: 'pid', does: 'of the supervisor' },
    { line: 'pid usercenter', does: 'of a program' },
    { line: 'pid all', does: 'of every program' },
  ],
  tail: [
    { line: 'tail usercenter', does: 'the last 1600 bytes of what it wrote to stdout' },
    { line: 'tail -f usercenter', does: 'follow it; Ctrl-C ends that' },
    { line: 'tail -100 usercenter stderr', does: 'the last 100 bytes of what it wrote to stderr' },
  ],
  maintail: [
    { line: 'maintail', does: "the last 1600 bytes of the supervisor's own log" },
    { line: 'maintail -f', does: 'follow it; Ctrl-C ends that' },
  ],
  clear: [
    { line: 'clear usercenter', does: 'empty the logs of one program' },
    { line: 'clear all', does: 'of all programs' },
  ],
  fg: [{ line: 'fg console', does: 'type to a program; Ctrl-C ends that, not the program' }],
  avail: [{ line: 'avail', does: 'what the configuration has, in use or not' }],
  reread: [{ line: 'reread', does: 'what has changed in the configuration; nothing is applied' }],
  update: [
    { line: 'update --dry-run', does: 'what has changed, old and new, and what would be done' },
    { line: 'update', does: 'do it, with as little as the supervisor allows' },
    { line: 'update web', does: 'for one group' },
  ],
  add: [{ line: 'add web', does: 'after reread: make the new group web active' }],
  remove: [{ line: 'remove web', does: 'take the stopped group web out' }],
  doctor: [
    { line: 'doctor', does: 'everything that will hurt, the worst first' },
    { line: 'doctor usercenter', does: 'about one program' },
    { line: 'doctor --fix | patch -p0', does: 'change the lines that it would change' },
    { line: 'doctor --offline', does: 'the configuration only, in a pipeline for example' },
  ],
  version: [{ line: 'version', does: 'of the supervisor' }],
  open: [
    { line: 'open http://127.0.0.1:9001', does: 'the status of another supervisor' },
    { line: 'open unix:///run/supervisor.sock', does: 'the same by its socket' },
  ],
  shutdown: [{ line: 'shutdown', does: 'stop everything and end the supervisor' }],
  'restart-supervisor': [
    { line: 'restart-supervisor', does: 'stop everything, read the configuration, start again' },
  ],
  help: [
    { line: 'help', does: 'the list of commands' },
    { line: 'help reload', does: 'options and examples of one' },
  ],
  completion: [
    {
      line: 'completion bash',
      does: 'the script for bash; put it into ~/.local/share/bash-completion/completions/reloadctl',
    },
    { line: 'completion zsh', does: 'for zsh; put it into a directory of fpath as _reloadctl' },
    { line: 'completion fish', does: 'for fish; ~/.config/fish/completions/reloadctl.fish' },
  ],
  man: [{ line: 'man', does: 'the manual page; to read it: reloadctl man | man -l -' }],
  exit: [{ line: 'exit', does: 'end the shell' }],
  quit: [{ line: 'quit', does: 'end the shell' }],
};
