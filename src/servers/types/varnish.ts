import { leavesWithout } from '../configured.ts';
import { dirname } from 'node:path';
import type { LiveServer } from '../live-process.ts';
import type { ServerType } from '../server-type.ts';

/** The values of an option of varnishd, glued to it or as the next word. */
function readValues({ argv }: Pick<LiveServer, 'argv'>, option: string): readonly string[] {
  const values: string[] = [];
  for (const [index, word] of argv.entries()) {
    if (word === option) values.push(argv[index + 1] ?? '');
    else if (word.startsWith(option)) values.push(word.slice(option.length));
  }
  return values;
}

/** Where packages put varnishreload, which is not always a directory of PATH: below the prefix of varnishd. */
const PLACES = 'PATH="$PATH:$1/bin:$1/sbin:$1/share/varnish" && shift && exec varnishreload "$@"';

/** Varnish: a VCL is compiled and used by its own command; there is no signal for it, and no graceful stop. */
export const varnish: ServerType = {
  name: 'varnish',
  title: 'Varnish',
  kind: 'web',
  recognition: {
    shown: 'runs a file named varnishd, catches INT and TERM; its child does not',
    binaries: /^varnishd$/,
    catches: ['SIGINT', 'SIGTERM'],
  },
  actions: {
    reload: {
      send: {
        by: 'command',
        shown: 'varnishreload with the -n of the running manager',
        argv: (live) => {
          if (live.exe === undefined) return undefined;
          const instance = readValues(live, '-n').flatMap((name) => ['-n', name]);
          return ['/bin/sh', '-c', PLACES, 'sh', dirname(dirname(live.exe)), ...instance];
        },
      },
      clients: 'nothing: requests in flight end with the VCL that they began with, the cache stays',
      loads: 'configuration',
      proof: 'answer',
      effectSecs: 60,
      bootSecs: 60,
      drainSecs: 30,
      afterDrain: 'left',
      keepsOldWhenBad: true,
    },
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are cut off, and the cache is lost',
    },
  },
  stopSignals: { SIGTERM: 'fast', SIGINT: 'fast', SIGHUP: 'no-stop' },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /varnish-(\d+\.\d[\w.]*)/.exec((await ask([exe, '-V'])) ?? '')?.[1],
  configured: {
    programs: /^varnishd$/,
    leaves: leavesWithout('-F'),
  },
  ready: 'The manager is there; its child serves.',
  proof: 'varnishreload ends with status 0 when the VCL was compiled and is in use.',
  check: {
    shown: 'varnishd -C with the -f and -p of the running manager',
    covers: 'configuration',
    command: (live) => {
      const files = readValues(live, '-f').filter((file) => file !== '');
      const [file] = files;
      if (live.exe === undefined || file === undefined) return undefined;
      const parameters = readValues(live, '-p').flatMap((parameter) => ['-p', parameter]);
      return { argv: [live.exe, ...parameters, '-C', '-f', file], shown: 'varnishd -C' };
    },
  },
  traps: [
    'It has no graceful stop: TERM and INT cut off what is in flight, and the cache is lost. Take it out of the load balancer first, or reload instead of restarting.',
    'HUP is ignored: `kill -HUP` says 0 and nothing happens.',
    'A VCL that does not compile is refused, and the old one stays in use; whoever does not look at the status of varnishreload does not see it.',
    'Parameters (-p), addresses (-a) and storage (-s) are read at the start only.',
    'Every reload leaves its old VCL in the list, until it is discarded (`varnishreload -m`).',
    'It compiles VCL with the C compiler: without one nothing is loaded.',
    'Under a supervisor it needs -F.',
  ],
  sources: [
    'https://varnish-cache.org/docs/7.1/reference/varnishd.html',
    'https://varnish-cache.org/docs/7.1/reference/varnish-cli.html',
    'Varnish 7.1: bin/varnishd/mgt/mgt_main.c; Debian: /usr/share/varnish/varnishreload',
  ],
  verified: ['Varnish 7.1.1 (Debian 12)'],
};
