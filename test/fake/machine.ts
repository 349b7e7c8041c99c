import type { HttpHow, HttpProbe } from '../../src/os/os.ts';
import type { UserEntry } from '../../src/os/user-database.ts';
import { VirtualClock } from './clock.ts';
import { FakeKernel, type Image } from './kernel.ts';
import { FakeLocks } from './locks.ts';

/** A machine: its clock, its kernel, and what of its user land reloadctl asks for. */
export class FakeMachine {
  readonly clock = new VirtualClock();
  readonly kernel = new FakeKernel(this.clock);
  readonly locks = new FakeLocks(() => this.clock.wallMs);
  readonly users: readonly UserEntry[] = [
    { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/sh' },
    {
      name: 'deploy',
      uid: 1000,
      gid: 1000,
      home: '/home/deploy',
      shell: '/bin/sh',
    },
    { name: 'web', uid: 33, gid: 33, home: '/srv', shell: '/bin/false' },
  ];
  /** Bytes; undefined: cannot be known. */
  memoryAvailable: number | undefined = 8 * 1024 ** 3;
  /** What an HTTP request gets; undefined: no answer. */
  answerHttp: (url: string, through?: string, how?: HttpHow) => HttpProbe | undefined = () =>
    undefined;
  /** How a command of the hooks setting ends. */
  hookCode = 0;
  /** What the commands of the hooks setting were told. */
  readonly hooked: Array<{
    readonly env: Readonly<Record<string, string>>;
    readonly document: unknown;
  }> = [];
  readonly #python: Image;

  constructor(python: Image) {
    this.#python = python;
  }

  /** What a command that reloadctl runs turns into: python, or else a hook, which takes a moment. */
  readonly command: Image = (kernel, proc) => {
    if (proc.argv[0]?.endsWith('python') === true) {
      this.#python(kernel, proc);
      return;
    }
    proc.after(20, () => {
      proc.print(`hook ${proc.argv.join(' ')}\n`);
      kernel.exit(proc, { by: 'exit', code: this.hookCode });
    });
  };
}
