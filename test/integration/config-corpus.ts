/** A configuration for both sides: the text of s.conf, or several files by relative path; a name ending in '/' is a directory. */
export type CorpusEntry = string | Readonly<Record<string, string>>;

const S = '[supervisord]\n';
const A = `${S}[program:a]\ncommand=/bin/cat\n`;
const listener = (rest: string): string => `${S}[eventlistener:e]\ncommand=/bin/cat\n${rest}`;
const fcgi = (rest: string): string => `${S}[fcgi-program:f]\ncommand=/bin/cat\n${rest}`;

/** Ways to write the command of a program, right and wrong. */
const COMMANDS = [
  '/bin/echo a\n  b\n   c',
  '/bin/echo a\n\n  b',
  '/bin/echo a\n  ; x\n  b\n# y\n  c',
  '/bin/echo a ;c',
  '/bin/echo a;b ;c #d',
  '/bin/sh -c "a ; b"',
  "'single quoted'",
  'true',
  'back\\slash\\\\es',
  '',
  ';x',
  ' ;x',
  '/a\ncommand=/b',
  '/bin/a\n  [program:b]\ncommand=/bin/b',
  '/bin/a %(program_name)s %(group_name)s %(process_num)02d %(numprocs)d %% %(ENV_FOO)s %(ENV_PERCENT)s',
  '%(here)s/x %(host_node_name)s',
  '%(ENV_NOPE)s',
  '/bin/date +%Y',
  '/bin/a 50%',
  '%(here)d',
  '%d',
  '%(here',
];

/** Lines of [program:a], right and wrong. */
const PROGRAM_LINES = [
  ...['priority=5', 'priority=x', 'priority=1_0', 'PRIORITY: 7', 'priority=%(process_num)d'],
  ...['autostart=OFF', 'autostart=t', 'autostart="true"', 'autostart='],
  ...['autorestart=true', 'autorestart=Unexpected', 'autorestart=no', 'autorestart=bogus'],
  ...['startsecs=0', 'startsecs=1.5', 'startsecs=0x10', 'startretries=-3', 'startretries='],
  ...['stopsignal=hup', 'stopsignal=SIGUSR2', 'stopsignal=0', 'stopsignal=CLD', 'stopsignal=34'],
  ...['stopsignal=RTMIN', 'stopsignal=BOGUS', 'stopsignal=65', 'stopsignal=32', 'stopsignal='],
  ...[
    'stopwaitsecs=+3',
    'stopasgroup=true',
    'stopasgroup=true\nkillasgroup=false',
    'killasgroup=1',
  ],
  ...['exitcodes=', 'exitcodes=0, 2', 'exitcodes=256', 'exitcodes=0,,2', 'exitcodes=0 2'],
  ...['umask=022', 'umask=0o22', 'umask=8', 'directory=/nope', 'directory=%(process_num)s'],
  ...['user=root', 'user=0', 'user=nosuch', 'user=99999'],
  ...['redirect_stderr=true', 'redirect_stderr=true\nstderr_logfile=/tmp/x', 'redirect_stderr=2'],
  ...['stdout_logfile=none', 'stdout_logfile=OFF', 'stdout_logfile=auto', 'stdout_logfile=syslog'],
  ...['stdout_logfile=/tmp/%(program_name)s', 'stdout_logfile=/tmp/%%%%', 'stdout_logfile=/tmp/%%'],
  ...[
    'stderr_logfile=/nope/x',
    'stderr_logfile=bare',
    'stderr_logfile=~/x',
    'stdout_logfile=~nobodyhere/x',
  ],
  ...['stdout_logfile_maxbytes=1KB', 'stdout_logfile_maxbytes=1 mb', 'stdout_logfile_maxbytes=1M'],
  ...['stdout_logfile_maxbytes=0', 'stderr_logfile_maxbytes=1.5MB', 'stdout_logfile_backups=3'],
  ...[
    'stdout_capture_maxbytes=1MB',
    'stderr_events_enabled=on',
    'stdout_syslog=yes',
    'stderr_syslog=2',
  ],
  ...['serverurl=AUTO', 'serverurl=http://x:1', 'serverurl='],
  ...[
    'environment=A="1",B=\'x y\',C=/usr/bin:/bin',
    'environment=A',
    'environment=A="%(ENV_FOO)s"',
  ],
  ...[
    'environment=A="1"\ndirectory=%(ENV_A)s',
    'environment=A="1",B="%(ENV_A)s"',
    'environment=A=x#y',
  ],
  ...[
    'environment=A="unterminated',
    'environment=A="50%"',
    'environment=A="50%%"',
    'environment=A=é',
  ],
  ...['numprocs=0', 'numprocs=-1', 'numprocs=2', 'numprocs=x'],
  ...[
    'numprocs=11\nprocess_name=%(program_name)s_%(process_num)d',
    'process_name=b',
    'process_name=a b',
  ],
  ...[
    'numprocs=2\nnumprocs_start=3\nprocess_name=%(process_num)02d\ndirectory=/tmp/%(process_num)d',
  ],
  ...[
    'numprocs=2\nprocess_name=%(process_num)d\nenvironment=N%(process_num)d="x"\ndirectory=%(ENV_N0)s',
  ],
  ...['process_name=%(foo)s', 'process_name=%(group_name)s:x', 'unknown=50%', 'indented\n', '=x'],
];

/** Whole files. */
const FILES: readonly CorpusEntry[] = [
  '',
  'x=1\n[supervisord]',
  '\ufeff[supervisord]\n',
  '[program:a]\ncommand=/a',
  S,
  `${S}[program:a]`,
  `${S}[program:a b]\ncommand=/a`,
  `${S}[program: a ]\ncommand=/a`,
  `${S}[program:a]b]\ncommand=/a`,
  `${S}[program:a.b]\ncommand=/a`,
  `${S}[program:a\\.b]\ncommand=/a\n[program:a.b]\ncommand=/b`,
  `${S}[program:__proto__]\ncommand=/a`,
  `${S}[Program:a]\ncommand=%\n[ program:b ]\ncommand=/b`,
  `${S}[program:a]\npriority=3\n[program:b]\ncommand=/b\n[program:a]\ncommand=/bin/c`,
  `${S}[DEFAULT]\npriority=7\nstartsecs=9\n[program:a]\ncommand=/a\n[program:b]\ncommand=/b\npriority=8`,
  `${S}[program:a\ncommand=/a`,
  // Groups.
  `${A}[program:b]\ncommand=/b\n[group:g]\nprograms=b, a\npriority=5\n[program:c]\ncommand=/c`,
  `${A}[group:g]\nprograms=a\n[group:h]\nprograms=a\npriority=-1`,
  `${A}[group:g]`,
  `${A}[group:g]\nprograms=zz`,
  `${A}[group:g h]`,
  `${A}priority=%(group_name)s\n[group:g]\nprograms=a`,
  `${A}[group:a]\nprograms=\n`,
  `${A}[fcgi-program:a]\ncommand=/f\nsocket=tcp://a:1\n[group:g]\nprograms=a`,
  `${fcgi('socket=nonsense')}\n[group:g]\nprograms=f`,
  // Event listeners.
  ...[
    'events=tick_60,PROCESS_STATE,tick_60\nbuffer_size=3\npriority=4',
    'events=EVENT',
    '',
    'events=',
    'events=bogus',
    'events=EVENT\nbuffer_size=0',
    'events=EVENT\nbuffer_size=x',
    'events=EVENT\nredirect_stderr=true',
    'events=EVENT\nstartsecs=x',
    'events=%(program_name)s',
  ].map(listener),
  // FastCGI programs.
  ...[
    'socket=unix:///tmp/../tmp/f.sock',
    'socket=unix:///tmp/%(program_name)s.sock\nsocket_mode=0660\nsocket_owner=root:root\nsocket_backlog=65535',
    'socket=tcp://LocalHost:9000\nnumprocs=2\nprocess_name=%(process_num)d',
    '',
    'socket=foo',
    'socket=unix://x.sock',
    'socket=tcp://a:1\nsocket_mode=0700',
    'socket=tcp://a:0',
    'socket=tcp://a:1\nsocket_backlog=0',
    'socket=tcp://a:1\nsocket_backlog=x',
    'socket=unix:///f\nsocket_mode=8',
    'socket=unix:///f\nsocket_owner=nosuch',
    'socket=unix:///f\nuser=nosuch',
    'socket=%(group_name)s',
  ].map(fcgi),
  // [supervisord].
  ...[
    'logfile=/tmp/x.log\npidfile=%(here)s/x.pid\nloglevel=DEBUG\numask=077\nminfds=5\nminprocs=6',
    'logfile=syslog\nidentifier=my box\nnodaemon=true\nsilent=1\nnocleanup=yes\nstrip_ansi=on',
    'directory=/tmp\nchildlogdir=/tmp\nuser=root\nlogfile_maxbytes=1MB\nlogfile_backups=2',
    'logfile=/nope/x',
    'directory=/nope',
    'childlogdir=/nope',
    'loglevel=warning',
    'minfds=many',
    'user=nosuch',
    'user=99999',
    'umask=9',
    'identifier=%(host_node_name)s',
    'environment=A="1",B="%(ENV_FOO)s %(here)s"\n[program:a]\ncommand=%(ENV_A)s\nenvironment=B="2"',
    'environment=A="%(host_node_name)s"',
    'environment=A="50%%"',
    'environment=A="50%%%%"',
    'environment=A',
  ].map((lines) => S + lines),
  // Servers.
  ...[
    '[unix_http_server]\nfile=/run/../tmp/s.sock\nchmod=0770\nchown=root:root\nusername=u\npassword={SHA}ab',
    '[unix_http_server]\nfile=~/s\n[inet_http_server:b]\nport=*:9002\n[inet_http_server]\nport=LOCALHOST:9001',
    '[unix_http_server]\nfile=%(here)s/s\nchown=root',
    '[unix_http_server]',
    '[unix_http_server]\nfile=/s\nchmod=8',
    '[unix_http_server]\nfile=/s\nchown=nosuch',
    '[unix_http_server]\nfile=/s\nusername=u',
    '[unix_http_server]\nfile=%(host_node_name)s',
    '[inet_http_server]',
    '[inet_http_server]\nport=abc',
    '[inet_http_server]\nport=h:',
    '[inet_http_server]\nport=h:0',
    '[inet_http_server]\nport=h:70000',
    '[inet_http_server]\nport=1\npassword=p',
    '[inet_http_server]\nport=%(here)s',
    '[inet_http_server]\nport=1\nusername=u\npassword=a%%b',
    '[inet_http_server]\nport=1\nusername=u\npassword=a%b',
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\nx=%(ENV_FOO)s',
    '[rpcinterface:x]',
    '[rpcinterface:x]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\nx=%(here)s',
  ].map((lines) => S + lines),
  // Included files.
  {
    's.conf': `${S}[program:a]\npriority=1\ncommand=/main\nserverurl=%(here)s\n[include]\nfiles=conf.d/*.conf nope/* %(here)s/[xy].ini`,
    'conf.d/a.conf': '[program:a]\ncommand=%(here)s/a\nstartsecs=9\n[include]\nfiles=../z.conf',
    'conf.d/b.conf': '[program:a]\ncommand=%(here)s/b\n[program:b]\ncommand=%(here)s %(here)5s',
    'conf.d/.c.conf': '[program:c]\ncommand=/c',
    'conf.d/d.conf/': '',
    'z.conf': '[program:z]\ncommand=/z',
    'x.ini': '[DEFAULT]\nserverurl=%(here)s/x',
    'y.ini': '[supervisord]\nidentifier=y',
  },
  {
    's.conf': `${S}[include]\nfiles=**/*.conf`,
    'a/c.conf': '[program:c]\ncommand=/c',
    'a/b/a.conf': 'bad',
  },
  { 's.conf': `${S}[include]\nfiles={a,b}.conf`, 'a.conf': 'bad' },
  { 's.conf': `${S}[include]\nfiles=a.conf`, 'a.conf': '[program:a]\nnonsense\n' },
  { 's.conf': `${S}[include]\nfiles=a.conf`, 'a.conf': '[program:a]\npriority=1' },
  { 's.conf': '[include]\nfiles=a.conf', 'a.conf': '[supervisord]\nidentifier=inc' },
  `${S}[include]`,
  `${S}[include]\nfiles=`,
  `${S}[include]\nfiles=%(program_name)s`,
];

/** What both sides are asked about. */
export const CORPUS: readonly CorpusEntry[] = [
  ...COMMANDS.map((command) => `${S}[program:a]\ncommand=${command}`),
  ...PROGRAM_LINES.map((line) => A + line),
  ...FILES,
];

/** One configuration with every kind of section and as many keys as possible, for a supervisord that really starts. */
export const WHOLE: Readonly<Record<string, string>> = {
  's.conf': `[unix_http_server]
file=%(here)s/s.sock
[supervisord]
nodaemon=true
logfile=%(here)s/main.log
pidfile=%(here)s/main.pid
childlogdir=%(here)s
environment=GLOBAL="g"
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:plain]
command=/bin/cat %(ENV_FOO)s %(ENV_GLOBAL)s %(here)s
autostart=false
[program:many]
command=/bin/cat
  --number=%(process_num)02d ; comment
  "a b"
process_name=%(program_name)s_%(process_num)02d
numprocs=3
numprocs_start=5
directory=/tmp
umask=027
priority=20
autostart=no
startsecs=0
startretries=7
exitcodes=0,2,30
stopsignal=USR1
stopwaitsecs=77
stopasgroup=true
stdout_logfile=%(here)s/%(program_name)s.%(process_num)d
stdout_logfile_maxbytes=3KB
stdout_logfile_backups=4
stdout_capture_maxbytes=2MB
stdout_events_enabled=true
stderr_logfile=none
stderr_syslog=false
serverurl=http://localhost:1
[program:joined]
command=/bin/cat
autostart=false
redirect_stderr=true
killasgroup=true
[group:workers]
programs=many,joined
priority=50
[fcgi-program:f]
command=/bin/cat
socket=unix://%(here)s/f.sock
autostart=false
[eventlistener:e]
command=/bin/cat
events=TICK_3600
autostart=false
[include]
files=conf.d/*.conf
`,
  'conf.d/one.conf': '[program:included]\ncommand=%(here)s/run\nautostart=false\nuser=root\n',
};
