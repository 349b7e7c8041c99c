import type { Os } from '../../os/os.ts';
import type { EventBus } from '../events/daemon-event.ts';
import type { EventSerials } from '../events/event-serials.ts';
import type { StarterWorld } from './instance-starter.ts';

/** What the members of all groups share. */
export interface MemberDeps extends StarterWorld {
  readonly os: Pick<
    Os,
    | 'me'
    | 'now'
    | 'wallClock'
    | 'sleep'
    | 'kill'
    | 'process'
    | 'processes'
    | 'environment'
    | 'maySignal'
    | 'run'
    | 'files'
    | 'rightsOf'
    | 'userById'
    | 'pathWriters'
  >;
  readonly events: EventBus;
  /** Of the supervisor. */
  readonly identifier: string;
  /** The numbers of the events, one row for the whole daemon. */
  readonly serials: EventSerials;
  readonly mayStart: () => boolean;
  readonly onChange: () => void;
  /** Writes down what a next daemon has to know before anything else happens. */
  readonly saveNow: () => void;
}
