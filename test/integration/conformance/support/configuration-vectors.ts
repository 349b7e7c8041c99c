/** A configuration, and what is read of it: some keys of getAllConfigInfo for each process, or the words of the refusal. */
export interface ConfigurationVector {
  /** A whole file; `<D>` is its directory. */
  readonly text: string;
  readonly expected: ReadonlyArray<Readonly<Record<string, unknown>>> | string;
}

/** The same for several files, by name; s.conf is the main one. */
interface IncludeVector extends Pick<ConfigurationVector, 'expected'> {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
}

interface NameVector extends ConfigurationVector {
  readonly check: 60 | 61;
  readonly title: string;
}

const S = '[supervisord]\n';
const program = (lines: string): string => `${S}[program:a]\n${lines}`;
const IN_A = " in section 'program:a' (file: '<D>/supervisord.conf')";

/** A value, and what it comes to, shown by a command that names the variables. */
const environment = (
  value: string,
  expected: Readonly<Record<string, string>> | string,
): ConfigurationVector => {
  const names = typeof expected === 'string' ? [] : Object.keys(expected);
  return {
    text: program(
      `command=/bin/echo ${names.map((name) => `%(ENV_${name})s`).join('|')}\nenvironment=${value}\n`,
    ),
    expected:
      typeof expected === 'string'
        ? expected + IN_A
        : [
            {
              command: `/bin/echo ${names.map((name) => expected[name] ?? '').join('|')}`.trimEnd(),
            },
          ],
  };
};
const unexpectedEnd = (value: string): string =>
  `Unexpected end of key/value pairs in value '${value}'`;

const lines = (text: string, command: string): ConfigurationVector => ({
  text: program(text),
  expected: [{ command }],
});
const key = (line: string, expected: Readonly<Record<string, unknown>>): ConfigurationVector => ({
  text: program(`command=/bin/a\n${line}\n`),
  expected: [expected],
});
const wrong = (line: string, message: string): ConfigurationVector => ({
  text: program(`command=/bin/a\n${line}\n`),
  expected: message,
});

const LINES: readonly ConfigurationVector[] = [
  lines('command=/bin/echo a\n  b\n   c', '/bin/echo a\nb\nc'),
  lines('command=/bin/echo a\n\n  b', '/bin/echo a\n\nb'),
  lines('command=/bin/echo a\n  ; x\n  b\n# y\n  c', '/bin/echo a\nb\nc'),
  {
    text: program('command=/bin/echo a\n  priority=5'),
    expected: [{ command: '/bin/echo a\npriority=5', process_prio: 999 }],
  },
  lines('command=/bin/echo a ;c', '/bin/echo a'),
  lines('command=/bin/echo a\t;c', '/bin/echo a'),
  lines('command=/bin/echo a;c', '/bin/echo a;c'),
  lines('command=/bin/echo a#c', '/bin/echo a#c'),
  lines('command=/bin/echo a #c', '/bin/echo a'),
  lines('command=/bin/sh -c "a ; b"', '/bin/sh -c "a'),
  lines('command=/bin/echo a;b ;c #d', '/bin/echo a;b ;c'),
  lines('command=;x', ';x'),
  lines('command= ;x', ''),
  lines('command=', ''),
  {
    text: program('COMMAND=/bin/a\nPriority=3'),
    expected: [{ command: '/bin/a', process_prio: 3 }],
  },
  lines('command: /bin/a x=y', '/bin/a x=y'),
  lines('command = /bin/a:b=c', '/bin/a:b=c'),
  lines('command=/a\ncommand=/b', '/b'),
  {
    text: `${S}[program:a]\npriority=3\n[program:b]\ncommand=/b\n[program:a]\ncommand=/bin/c`,
    expected: [
      { name: 'a', command: '/bin/c', process_prio: 3 },
      { name: 'b', command: '/b', process_prio: 999 },
    ],
  },
  {
    text: program('command=/bin/a\n  [program:b]\ncommand=/bin/b'),
    expected: [{ name: 'a', command: '/bin/b' }],
  },
  { text: `${S}[program:a] ; hi\ncommand=/a`, expected: [{ name: 'a', command: '/a' }] },
  { text: `${S}[program:a]x=1\ncommand=/a`, expected: [{ name: 'a', command: '/a' }] },
  { text: `${S}[program:a]b]\ncommand=/a`, expected: [{ name: 'a]b', command: '/a' }] },
  {
    text: program('command'),
    expected: "Source contains parsing errors: '<D>/supervisord.conf'\n\t[line  3]: 'command'",
  },
  {
    text: `x=1\n${S}`,
    expected: "File contains no section headers.\nfile: '<D>/supervisord.conf', line: 1\n'x=1\\n'",
  },
  { text: '[program:a]\ncommand=/a', expected: '.ini file does not include supervisord section' },
  {
    text: program('priority=1'),
    expected: `program section program:a does not specify a command${IN_A}`,
  },
  {
    text: `${S}[program:a b]\ncommand=/a`,
    expected: "Invalid name: 'a b' because of character: ' '",
  },
  wrong('autostart="true"', `not a valid boolean value: '"true"'${IN_A}`),
];

const EXPANSION: readonly ConfigurationVector[] = [
  lines(
    'command=/bin/a %(program_name)s %(group_name)s %(process_num)02d %(numprocs)d %%',
    '/bin/a a a 00 1 %',
  ),
  lines('command=%(here)s/x', '<D>/x'),
  {
    text: `${program('command=%(group_name)s')}\n[group:g]\nprograms=a`,
    expected: [{ command: 'g', group: 'g' }],
  },
  lines('command=%(ENV_FOO)s %(ENV_PERCENT)s', 'bar 50%'),
  wrong(
    'directory=+%Y',
    `Format string '+%Y' for 'program:a.directory' is badly formatted: unsupported format character 'Y' (0x59) at index 2${IN_A}`,
  ),
  wrong(
    'directory=/a 50%',
    `Format string '/a 50%' for 'program:a.directory' is badly formatted: incomplete format${IN_A}`,
  ),
  wrong(
    'directory=%(here)d',
    `Format string '%(here)d' for 'program:a.directory' is badly formatted: %d format: a real number is required, not str${IN_A}`,
  ),
  {
    text: program(
      'command=/a\nnumprocs=2\nnumprocs_start=3\nprocess_name=%(program_name)s_%(process_num)02d\ndirectory=/tmp/%(process_num)d',
    ),
    expected: [
      { name: 'a_03', directory: '/tmp/3' },
      { name: 'a_04', directory: '/tmp/4' },
    ],
  },
  wrong(
    'numprocs=2',
    `%(process_num) must be present within process_name when numprocs > 1${IN_A}`,
  ),
  { text: program('command=/a\nnumprocs=0'), expected: [] },
  { text: program('command=/a\nnumprocs=-1'), expected: [] },
];

const TYPES: readonly ConfigurationVector[] = [
  key('autostart=Yes', { autostart: true }),
  key('autostart=OFF', { autostart: false }),
  ...['t', '2', ''].map((value) =>
    wrong(`autostart=${value}`, `not a valid boolean value: '${value}'${IN_A}`),
  ),
  key('startsecs=-1', { startsecs: -1 }),
  key('startsecs=+3', { startsecs: 3 }),
  key('startsecs=1_000', { startsecs: 1000 }),
  ...['5.0', '0x10', ''].map((value) =>
    wrong(`startsecs=${value}`, `invalid literal for int() with base 10: '${value}'${IN_A}`),
  ),
  wrong('umask=8', `8 can not be converted to an octal type${IN_A}`),
  ...(
    [
      ['1KB', 1024],
      ['1 MB', 1024 ** 2],
      ['1gb', 1024 ** 3],
      ['0', 0],
      ['-1', -1],
    ] as const
  ).map(([value, bytes]) =>
    key(`stdout_logfile_maxbytes=${value}`, { stdout_logfile_maxbytes: bytes }),
  ),
  ...(
    [
      ['1M', '1m'],
      ['1B', '1b'],
      ['1.5MB', '1.5'],
      ['1TB', '1tb'],
    ] as const
  ).map(([value, rest]) =>
    wrong(
      `stdout_logfile_maxbytes=${value}`,
      `invalid literal for int() with base 10: '${rest}'${IN_A}`,
    ),
  ),
  ...(
    [
      ['hup', 1],
      ['SIGTERM', 15],
      ['15', 15],
      ['0', 0],
      ['CLD', 17],
      ['RTMIN', 34],
    ] as const
  ).map(([value, number]) => key(`stopsignal=${value}`, { stopsignal: number })),
  wrong('stopsignal=BOGUS', `value 'BOGUS' is not a valid signal name${IN_A}`),
  wrong('stopsignal=65', `value '65' is not a valid signal number${IN_A}`),
  key('exitcodes=0, 2', { exitcodes: [0, 2] }),
  key('exitcodes=', { exitcodes: [] }),
  ...['256', '-1', '0,,2', '0 2'].map((value) =>
    wrong(`exitcodes=${value}`, `not a valid list of exit codes: '${value}'${IN_A}`),
  ),
  wrong('autorestart=bogus', `invalid 'autorestart' value 'bogus'${IN_A}`),
  key('stdout_logfile=None', { stdout_logfile: 'none' }),
  key('stdout_logfile=off', { stdout_logfile: 'none' }),
  key('stdout_logfile=Auto', { stdout_logfile: 'auto' }),
  wrong(
    'stdout_logfile=/nope/x',
    `The directory named as part of the path /nope/x does not exist${IN_A}`,
  ),
  key('user=0', { uid: 0 }),
  wrong('user=nosuch', `Invalid user name nosuch${IN_A}`),
  wrong('user=99999', `Invalid user id 99999${IN_A}`),
  { text: `${S}directory=/nope`, expected: '/nope is not an existing directory' },
  { text: `${S}loglevel=warning`, expected: "bad logging level name 'warning'" },
  ...(
    [
      ['abc', "not a valid port number: 'abc' "],
      ['h:0', '0 is below lower bound (1)'],
      ['h:70000', '70000 is above upper bound (65535)'],
      ['h:', "no port number specified in ''"],
    ] as const
  ).map(([port, expected]) => ({ text: `${S}[inet_http_server]\nport=${port}`, expected })),
];

const ENVIRONMENTS: readonly ConfigurationVector[] = [
  environment(`A="1",B='x y',C=/usr/bin:/bin`, { A: '1', B: 'x y', C: '/usr/bin:/bin' }),
  environment('A = 1 , B= 2', { A: '1', B: '2' }),
  environment('A=1,', { A: '1' }),
  environment('A=1,\n B=2', { A: '1', B: '2' }),
  ...['A=', 'A', 'A=1,,B=2', 'A=a@b', 'A=a=b', 'A=[x]', 'A="1" B="2"', 'A="{\\"k\\": 1}"'].map(
    (value) => environment(value, unexpectedEnd(value)),
  ),
  environment('A="",B=1', { A: '', B: '1' }),
  environment('A="a,b;c=d#e@f"', { A: 'a,b;c=d#e@f' }),
  environment('A=a b', { A: 'a' }),
  environment('A=http://x/y?q=1', { A: 'http://x/y', q: '1' }),
  environment('A=$HOME', { A: '$' }),
  environment('A=x#y', { A: 'x' }),
  environment('A="x\\"y"', { A: 'x\\' }),
  environment('A="a\\\\b"', { A: 'a\\\\b' }),
  environment(`A="'x'"`, { A: 'x' }),
  environment(`A='it''s'`, { A: 'it' }),
  environment('A=x"y"', { A: 'x"y' }),
  environment('A="unterminated', 'No closing quotation'),
];

const INCLUDED: readonly IncludeVector[] = [
  {
    title: 'files of a pattern in the order of their names, over what the main file says',
    files: {
      's.conf': `${S}[program:a]\npriority=1\ncommand=/main\n[include]\nfiles=conf.d/*.conf`,
      'conf.d/a.conf': '[program:a]\ncommand=/a\nstartsecs=9',
      'conf.d/b.conf': '[program:a]\ncommand=/b',
    },
    expected: [{ name: 'a', command: '/b', process_prio: 1, startsecs: 9 }],
  },
  {
    title: 'patterns in the order in which they are written',
    files: {
      's.conf': `${S}[include]\nfiles=b.conf\n  a.conf`,
      'a.conf': '[program:a]\ncommand=/a',
      'b.conf': '[program:a]\ncommand=/b',
    },
    expected: [{ command: '/a' }],
  },
  {
    title: 'two stars are one',
    files: {
      's.conf': `${S}[include]\nfiles=**/*.conf`,
      'a/c.conf': '[program:c]\ncommand=/c',
      'a/b/a.conf': 'bad',
    },
    expected: [{ name: 'c' }],
  },
  {
    title: 'no braces',
    files: { 's.conf': `${S}[include]\nfiles={a,b}.conf`, 'a.conf': 'bad' },
    expected: [],
  },
  {
    title: 'hidden files, directories and what an included file includes are left out',
    files: {
      's.conf': `${S}[include]\nfiles=conf.d/*`,
      'conf.d/.hidden.conf': 'bad',
      'conf.d/d.conf/': '',
      'conf.d/x.conf': '[program:x]\ncommand=/x\n[include]\nfiles=../z.conf',
      'z.conf': 'bad',
    },
    expected: [{ name: 'x' }],
  },
  {
    title: 'each file has its own directory',
    files: {
      's.conf': `${S}[program:a]\ncommand=%(here)s/run\n[include]\nfiles=%(here)s/conf.d/*.conf`,
      'conf.d/b.conf': '[program:b]\ncommand=%(here)s/run',
    },
    expected: [
      { name: 'a', command: '<D>/run' },
      { name: 'b', command: '<D>/conf.d/run' },
    ],
  },
  {
    title: 'nothing to include',
    files: { 's.conf': `${S}[include]\nfiles=` },
    expected: [],
  },
  {
    title: 'no files at all',
    files: { 's.conf': `${S}[include]\n` },
    expected: '.ini file has [include] section, but no files setting',
  },
  {
    title: 'an error tells the file in which the section began',
    files: { 's.conf': `${S}[include]\nfiles=a.conf`, 'a.conf': '[program:a]\npriority=1' },
    expected:
      "program section program:a does not specify a command in section 'program:a' (file: '<D>/a.conf')",
  },
];

/** The include matrix, 1.5 of the specification. */
export const INCLUDE_VECTORS: readonly IncludeVector[] = INCLUDED;

/** Names that are there more than once, and names that are made: 1.2, 2.2 and numprocs of the specification. */
export const NAME_VECTORS: readonly NameVector[] = [
  {
    check: 60,
    title: 'a section that is there twice is one',
    text: `${S}[program:a]\ncommand=/a\n[group:g]\nprograms=a\n[group:g]\npriority=5`,
    expected: [{ group: 'g', name: 'a', group_prio: 5 }],
  },
  {
    check: 60,
    title: 'a program in two groups is two',
    text: `${S}[program:a]\ncommand=/a\n[group:g]\nprograms=a\n[group:h]\nprograms=a\npriority=-1`,
    expected: [
      { group: 'h', name: 'a', group_prio: -1 },
      { group: 'g', name: 'a', group_prio: 999 },
    ],
  },
  {
    check: 60,
    title: 'of two processes with one name in a group, both are told',
    text: `${S}[program:a]\ncommand=/a\n[program:b]\ncommand=/b\nprocess_name=a\n[group:g]\nprograms=a,b`,
    expected: [
      { group: 'g', name: 'a', command: '/a' },
      { group: 'g', name: 'a', command: '/b' },
    ],
  },
  {
    check: 61,
    title: 'the processes of a program by number, in its group or out of it',
    text:
      `${S}[program:many]\ncommand=/m %(process_num)03d/%(numprocs)d\nnumprocs=2\nnumprocs_start=9\nprocess_name=%(program_name)s-%(group_name)s-%(process_num)02d\n` +
      `[program:own]\ncommand=/o\nnumprocs=2\nprocess_name=%(process_num)d\n[program:one]\ncommand=/1\n[group:g]\nprograms=many,one`,
    expected: [
      { group: 'own', name: '0', command: '/o' },
      { group: 'own', name: '1', command: '/o' },
      { group: 'g', name: 'many-g-09', command: '/m 009/2' },
      { group: 'g', name: 'many-g-10', command: '/m 010/2' },
      { group: 'g', name: 'one', command: '/1' },
    ],
  },
  {
    check: 61,
    title: 'a group of what is not there',
    text: `${S}[group:g]\nprograms=zz`,
    expected: '[group:g] names unknown program or fcgi-program zz',
  },
  {
    check: 61,
    title: 'a group of nothing',
    text: `${S}[group:g]\nprograms=\n`,
    expected: [],
  },
];

/** The tables 1.3, 1.4 and 1.6 of the specification, as releases up to 4.3 have it; where HEAD differs is tested with the parser. */
export const CONFIGURATION_VECTORS: readonly ConfigurationVector[] = [
  ...LINES,
  ...EXPANSION,
  ...TYPES,
  ...ENVIRONMENTS,
];
