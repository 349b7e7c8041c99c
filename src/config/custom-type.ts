import type { SignalName } from '../os/signals.ts';

/** A server type that a [reloadctl-type:NAME] section describes, by its keys; undefined: not set. docs/configuration.md has what each means. */
export interface CustomType {
  readonly name: string;
  /** File names; '*' stands for anything. */
  readonly binary: readonly string[];
  readonly argv: string | undefined;
  readonly kind: 'web' | 'job-runner' | 'data' | 'log';
  readonly workers: 'children' | 'descendants' | 'none';
  readonly worker_ready: readonly SignalName[];
  readonly reload: SignalName | undefined;
  readonly reload_command: readonly string[] | undefined;
  readonly loads: 'code' | 'configuration';
  readonly cost: 'none' | 'stall' | 'gap';
  readonly keeps_old: boolean;
  readonly old_workers: 'killed' | 'left';
  readonly effect_secs: number | undefined;
  readonly boot_secs: number | undefined;
  readonly drain_secs: number | undefined;
  readonly check: readonly string[] | undefined;
  readonly graceful_stop: SignalName | undefined;
  readonly grace_secs: number | undefined;
  readonly fast_stop: SignalName | undefined;
  readonly quiet: SignalName | undefined;
  readonly reopen_logs: SignalName | undefined;
  readonly more_workers: SignalName | undefined;
  readonly fewer_workers: SignalName | undefined;
  readonly upgrade: SignalName | undefined;
  readonly upgrade_pid: 'same' | 'new';
}
