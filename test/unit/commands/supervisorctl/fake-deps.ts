import { err, ok } from '../../../../src/base/result.ts';
import type { CommandDeps } from '../../../../src/commands/supervisorctl/report.ts';
import { FAULT_CODES } from '../../../../src/rpc/faults.ts';
import type {
  FaultName,
  RpcFailure,
  RpcResult,
  Supervisor,
} from '../../../../src/rpc/supervisor.ts';

/** What the fake supervisor answers, by method; a method that is not named must not be called. */
export type Answers = Partial<
  Readonly<Record<Exclude<keyof Supervisor, 'url' | 'address' | 'close'>, Answer>>
>;

/** Always the same, or what the arguments deserve. */
export type Answer = RpcResult<unknown> | ((...args: readonly unknown[]) => RpcResult<unknown>);

/** CommandDeps that record what is printed and what the supervisor is asked. */
export interface FakeDeps extends CommandDeps {
  readonly printed: string[];
  readonly calls: string[];
}

export const URL_OF_FAKE = 'unix:///run/s.sock';

/** A fault as the client reports it. */
export function fault(
  name: FaultName,
  text: string = name,
): { readonly ok: false; readonly error: RpcFailure } {
  return err({ kind: 'fault', code: FAULT_CODES[name], name, text });
}

/** Nobody listens. */
export const REFUSED = err<RpcFailure>({ kind: 'refused', url: URL_OF_FAKE });

/** A supervisor that gives these answers, with API version 3.0 where nothing else is said. */
export function fakeDeps(
  answers: Answers,
  options: Partial<CommandDeps['options']> = {},
): FakeDeps {
  const printed: string[] = [];
  const calls: string[] = [];
  const all: Answers = { getApiVersion: ok('3.0'), ...answers };
  const supervisor = new Proxy(
    { url: URL_OF_FAKE },
    {
      get(target, method) {
        if (method === 'url') return target.url;
        if (method === 'address') return { kind: 'unix', path: '/run/s.sock' };
        const answer = all[method as keyof Answers];
        if (answer === undefined) throw new Error(`unexpected call of ${String(method)}`);
        return (...args: readonly unknown[]) => {
          calls.push(`${String(method)}(${args.map(String).join(', ')})`);
          return Promise.resolve(typeof answer === 'function' ? answer(...args) : answer);
        };
      },
    },
  ) as unknown as Supervisor;
  return {
    options: { color: true, ...options },
    supervisor,
    endpoint: { url: URL_OF_FAKE },
    print: (...lines) => {
      printed.push(...lines);
    },
    printed,
    calls,
  };
}
