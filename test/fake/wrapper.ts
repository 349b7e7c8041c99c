import type { Execution, Image } from './kernel.ts';

/** A program that starts another one, waits for it and ends as it does, without passing signals on: `sh` without exec. */
export function wrapperImage(child: Pick<Execution, 'argv'>, image: Image): Image {
  return (kernel, proc) => {
    const { env, cwd } = proc;
    kernel.spawn(proc, { argv: child.argv, env, cwd }, image);
    proc.handlers.set('SIGCHLD', () => {
      const [ended] = kernel.reap(proc);
      if (ended?.status === undefined) return;
      const { status } = ended;
      kernel.exit(proc, { by: 'exit', code: status.by === 'exit' ? status.code : 143 });
    });
  };
}
