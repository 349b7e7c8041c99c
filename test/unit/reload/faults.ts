import type { SignalName } from '../../../src/os/signals.ts';
import type { RpcFailure } from '../../../src/rpc/supervisor.ts';
import type { ReloadctlRun } from '../../fake/reloadctl-run.ts';
import { goodCode, type Site } from '../../fake/site.ts';

/** Something that goes wrong at a moment. */
export interface Fault {
  readonly name: string;
  readonly strike: (site: Site, run: ReloadctlRun) => void;
  /** Takes back what would trouble a later run as well. */
  readonly mend?: (site: Site) => void;
  /** Whether nobody could have gone on serving at every moment. */
  readonly breaksService?: true;
  /** Whether it leaves workers that do not react to TERM. */
  readonly hangs?: true;
  /** What may be wrong afterwards although the run succeeded. */
  readonly mayLose?: RegExp;
}

const kill = (site: Site, proc: { readonly pid: number } | undefined): void => {
  const found = proc === undefined ? undefined : site.kernel.find(proc.pid);
  if (found !== undefined) site.kernel.kill(site.kernel.init, found, 'SIGKILL');
};

/** A fork of either master at the wrong moment takes it away until the next fork. */
const CONTROL_SOCKET = /control socket is not that of the master/;

const HUNG = 'Traceback (most recent call last):\n  File "wsgi.py", line 1\nImportError: no module';

const refused = (): RpcFailure => ({ kind: 'refused', url: 'unix:///run/supervisor.sock' });

const silent = (method: string): RpcFailure => ({
  kind: 'timeout',
  url: 'unix:///run/supervisor.sock',
  method,
  ms: 2000,
});

/** What a master's queue may drop, or two of which may fall together. */
const LOSABLE: ReadonlySet<SignalName> = new Set<SignalName>([
  'SIGHUP',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
]);

/** Loses the next signal to a master, and no other. */
function loseNext(site: Site): void {
  let isLost = false;
  site.kernel.losesSignal = (signal: SignalName) => {
    if (isLost || !LOSABLE.has(signal)) return false;
    isLost = true;
    return true;
  };
}

/** Everything that can go wrong in the middle of a run. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'the master is KILLed',
    strike: (site) => {
      kill(site, site.master?.proc);
    },
    breaksService: true,
  },
  {
    name: 'the bridge is KILLed',
    strike: (site) => {
      kill(site, site.bridge?.proc);
    },
    breaksService: true,
  },
  {
    name: 'the oldest worker is KILLed',
    strike: (site) => {
      kill(site, site.master?.workers[0]?.proc);
    },
    mayLose: CONTROL_SOCKET,
  },
  {
    name: 'the youngest worker is KILLed',
    strike: (site) => {
      kill(site, site.master?.workers.at(-1)?.proc);
    },
    mayLose: CONTROL_SOCKET,
  },
  {
    name: 'a worker of the bridge is KILLed',
    strike: (site) => {
      kill(site, site.bridge?.workers[0]?.proc);
    },
    mayLose: CONTROL_SOCKET,
  },
  {
    name: 'the successor is KILLed',
    strike: (site) => {
      kill(site, site.successor?.proc);
    },
  },
  {
    name: 'a worker of the successor is KILLed',
    strike: (site) => {
      kill(site, site.successor?.workers[0]?.proc);
    },
    mayLose: CONTROL_SOCKET,
  },
  {
    name: 'somebody else stops the program',
    strike: (site) => {
      if (site.overlap !== undefined) {
        site.subprocess.stop();
        site.overlap.noteStopped();
      }
    },
    breaksService: true,
  },
  {
    name: 'signals are denied from now on',
    strike: (_site, run) => {
      run.os.denials.signals = () => true;
    },
  },
  {
    name: 'the next signal to the master is lost',
    strike: loseNext,
    mend: (site) => {
      site.kernel.losesSignal = () => false;
    },
  },
  {
    name: '/proc/PID/fd is closed from now on',
    strike: (_site, run) => {
      run.os.denials.details = true;
    },
  },
  {
    name: 'the new code does not import any more',
    strike: (site) => {
      site.installation.code.set('', {
        version: '2',
        bootMs: 400,
        fate: { is: 'fails', status: 3, says: HUNG },
      });
    },
    breaksService: true,
  },
  {
    name: 'the new code hangs from now on',
    strike: (site) => {
      site.installation.code.set('', { version: '2', bootMs: 0, fate: { is: 'hangs' } });
    },
    hangs: true,
    breaksService: true,
  },
  {
    name: 'the new code boots slowly from now on',
    strike: (site) => {
      site.installation.code.set('', goodCode('2', 9000));
    },
  },
  {
    name: 'requests do not end any more',
    strike: (site) => {
      site.installation.requestMs = 1_000_000;
    },
    mend: (site) => {
      site.installation.requestMs = 300;
    },
  },
  {
    name: 'the supervisor is gone for reloadctl',
    strike: (site) => {
      site.wire.failsBy = refused;
    },
    mend: (site) => {
      site.wire.failsBy = () => undefined;
    },
  },
  {
    name: 'the supervisor does not answer any more',
    strike: (site) => {
      site.wire.failsBy = silent;
    },
    mend: (site) => {
      site.wire.failsBy = () => undefined;
    },
  },
  {
    name: 'Ctrl-C',
    strike: (_site, run) => {
      run.interruption.note('SIGINT');
    },
  },
  {
    name: 'Ctrl-C twice',
    strike: (site, run) => {
      run.interruption.note('SIGINT');
      site.clock.after(120, () => {
        run.interruption.note('SIGINT');
      });
    },
  },
];
