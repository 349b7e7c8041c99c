import type { ProgramGroup } from '../../config/program.ts';
import type { Logger } from '../logs/logger.ts';
import type { DaemonEvent, EventBus } from './daemon-event.ts';
import { envelopeOf, isWanted } from './event-envelope.ts';
import { createEventSerials, type EventSerials } from './event-serials.ts';
import {
  NEW_LISTENER,
  receive,
  type Listener,
  type ListenerEffect,
  type ListenerState,
} from './listener-protocol.ts';

/** What a pool of event listeners needs to know. */
export interface ListenerPoolOptions {
  /** A group with `eventlistener`. */
  readonly group: ProgramGroup;
  /** Of the supervisor, for the header of the events. */
  readonly identifier: string;
  /** One for the whole daemon. */
  readonly serials: EventSerials;
  readonly events: EventBus;
  readonly logger: Logger;
  /** Writes to the stdin of a process; false when that is closed. */
  readonly send: (processName: string, data: Buffer) => boolean;
}

/** The only result handler that is not code of its own (supervisor/dispatchers.py). */
const DEFAULT_HANDLER = 'supervisor.dispatchers:default_handler';

/**
 * The processes of an [eventlistener:x] and the events that wait for them (supervisor/process.py, EventListenerPool). It hears of its
 * processes' states on the bus; an event is sent as soon as a process is RUNNING and READY. An event that was rejected, or whose
 * listener ended, comes first again, in this pool only: supervisord, by mistake, gives it to some other pools as well.
 */
export class ListenerPool {
  readonly #options: ListenerPoolOptions;
  readonly #name: string;
  readonly #poolSerials = createEventSerials();
  readonly #members: ReadonlyMap<string, Member>;
  readonly #unsubscribe: () => void;
  #buffer: readonly DaemonEvent[] = [];

  constructor(options: ListenerPoolOptions) {
    this.#options = options;
    const { name, programs, eventlistener } = options.group;
    this.#name = name;
    this.#members = new Map(
      programs.map((program) => [program.name, { listener: NEW_LISTENER, isRunning: false }]),
    );
    const handler = eventlistener?.resultHandler ?? DEFAULT_HANDLER;
    if (handler !== DEFAULT_HANDLER) {
      options.logger.log(
        'warn',
        `pool ${name}: result_handler ${handler} is Python code and cannot be called here: results are OK or anything else`,
      );
    }
    this.#unsubscribe = options.events.subscribe((event) => {
      this.#hear(event);
    });
  }

  /** A process of the pool has written to its stdout. */
  receive(processName: string, chunk: Buffer): void {
    const member = this.#members.get(processName);
    if (member === undefined) return;
    const { listener, effects } = receive(member.listener, chunk);
    member.listener = listener;
    for (const effect of effects) this.#note(processName, effect);
    this.#dispatch();
  }

  /** A process that an earlier daemon started is taken over. What it had been sent, and what waited for it, nobody knows any more. */
  takeOver(processName: string, options: { readonly isRunning: boolean }): void {
    const member = this.#members.get(processName);
    if (member === undefined) return;
    member.listener = { ...NEW_LISTENER, state: { name: 'READY', isTakenOver: true } };
    member.isRunning = options.isRunning;
    this.#dispatch();
  }

  /** The group is removed: no more events. */
  close(): void {
    this.#unsubscribe();
  }

  #hear(event: DaemonEvent): void {
    const wanted = this.#options.group.eventlistener?.events ?? [];
    if ('fromState' in event && event.groupName === this.#name) this.#follow(event);
    if (wanted.some((each) => isWanted(event.type, each))) this.#accept(event, 'last');
    this.#dispatch();
  }

  /** One of our own processes came to another state. */
  #follow(event: Extract<DaemonEvent, { fromState: string }>): void {
    const member = this.#members.get(event.processName);
    if (member === undefined) return;
    member.isRunning = event.type === 'PROCESS_STATE_RUNNING';
    switch (event.type) {
      case 'PROCESS_STATE_RUNNING':
      case 'PROCESS_STATE_STOPPING':
        return; // It is still the same process.
      case 'PROCESS_STATE_STARTING':
      case 'PROCESS_STATE_BACKOFF':
      case 'PROCESS_STATE_STOPPED':
      case 'PROCESS_STATE_EXITED':
      case 'PROCESS_STATE_FATAL':
      case 'PROCESS_STATE_UNKNOWN': {
        const { state } = member.listener;
        member.listener = NEW_LISTENER;
        if (state.name === 'BUSY') this.#returnToBuffer(state.event);
        return;
      }
    }
  }

  #accept(event: DaemonEvent, place: 'first' | 'last'): void {
    const bufferSize = this.#options.group.eventlistener?.bufferSize ?? 1;
    const serial = this.#options.serials.numberOf(event);
    this.#poolSerials.numberOf(event);
    const [oldest, ...others] = this.#buffer;
    if (oldest !== undefined && this.#buffer.length >= bufferSize) {
      const discarded = this.#options.serials.numberOf(oldest);
      this.#log(
        'error',
        `pool ${this.#name} event buffer overflowed, discarding event ${discarded}`,
      );
      this.#buffer = others;
    }
    this.#buffer = place === 'first' ? [event, ...this.#buffer] : [...this.#buffer, event];
    if (place === 'last') return;
    const size = `buf size=${this.#buffer.length - 1}, max=${bufferSize}`;
    this.#log('debug', `rebuffering event ${serial} for pool ${this.#name} (${size})`);
  }

  #returnToBuffer(event: DaemonEvent | undefined): void {
    if (event !== undefined) this.#accept(event, 'first');
  }

  #dispatch(): void {
    for (const [processName, member] of this.#members) {
      const [event, ...others] = this.#buffer;
      if (event === undefined) return;
      const { state, unread } = member.listener;
      if (!member.isRunning || state.name !== 'READY' || unread.length > 0) continue;
      if (!this.#send(processName, event)) continue;
      this.#buffer = others;
      member.listener = { ...NEW_LISTENER, state: { name: 'BUSY', event, result: undefined } };
    }
  }

  #send(processName: string, event: DaemonEvent): boolean {
    const serial = this.#options.serials.numberOf(event);
    const envelope = envelopeOf(event, {
      identifier: this.#options.identifier,
      serial,
      pool: this.#name,
      poolSerial: this.#poolSerials.numberOf(event),
    });
    const isSent = this.#options.send(processName, envelope);
    this.#log(
      'debug',
      isSent
        ? `event ${serial} sent to listener ${processName}`
        : `event ${serial} could not be sent to listener ${processName}: its stdin is closed`,
    );
    return isSent;
  }

  #note(processName: string, effect: ListenerEffect): void {
    switch (effect.kind) {
      case 'changed':
        this.#noteChange(processName, effect.from, effect.to);
        return;
      case 'processed':
        this.#log('debug', `${processName}: event was processed`);
        return;
      case 'rejected':
        this.#log('warn', `${processName}: event was rejected`);
        this.#returnToBuffer(effect.event);
        return;
      case 'bad-result':
        this.#log('warn', `${processName}: bad result line: '${effect.line}'`);
        this.#returnToBuffer(effect.event);
        return;
    }
  }

  #noteChange(name: string, from: ListenerState['name'], to: ListenerState['name']): void {
    this.#log('debug', `${name}: ${from} -> ${to}`);
    if (to !== 'UNKNOWN') return;
    this.#log(
      'warn',
      `${name}: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol`,
    );
  }

  #log(level: Parameters<Logger['log']>[0], message: string): void {
    this.#options.logger.log(level, message);
  }
}

interface Member {
  listener: Listener;
  isRunning: boolean;
}
