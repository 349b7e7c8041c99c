import { describe, expect, it } from 'vitest';
import type { Pid } from '../../../src/os/proc.ts';
import type { SignalName } from '../../../src/os/signals.ts';
import type { LiveServer } from '../../../src/servers/live-process.ts';
import { SERVER_TYPES } from '../../../src/servers/registry.ts';
import { mergeActions, resolveType } from '../../../src/servers/resolve-type.ts';
import {
  SERVER_ACTIONS,
  type ServerActions,
  type ServerType,
} from '../../../src/servers/server-type.ts';

/** A process that catches these and of which nothing else is known. */
const liveWith = (caught: readonly SignalName[]): LiveServer => ({
  proc: {
    pid: 10 as Pid,
    startTicks: 1,
    ppid: 1,
    pgid: 10,
    sid: 10,
    state: 'S',
    uid: 0,
    comm: 'master',
    cpuSeconds: 0,
    rssBytes: 0,
  },
  exe: undefined,
  argv: [],
  caught: new Set(caught),
  children: [],
  cwd: undefined,
  version: undefined,
  command: [],
  settings: new Map(),
});

/** The actions of a type, and those of each variant laid over them. */
const allActions = (type: ServerType): readonly ServerActions[] => [
  type.actions,
  ...(type.variants ?? []).map((variant) => mergeActions(type.actions, variant.actions)),
];

describe('the registry of server types', () => {
  it('is in the order of the names, each of which is there once', () => {
    const names = SERVER_TYPES.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
  });

  describe.each(SERVER_TYPES.map((type) => [type.name, type] as const))('%s', (_name, type) => {
    it('has a name for the configuration, and everything that its page shows', () => {
      expect(type.name).toMatch(/^[a-z][a-z0-9-]*$/);
      const { title, ready, proof, sources, traps, recognition } = type;
      const texts = [title, ready, proof, recognition.shown, ...sources, ...traps];
      expect(texts.filter((text) => text.trim() === '')).toEqual([]);
      expect(sources).not.toEqual([]);
    });

    it('is reloaded with a signal only when it catches that', () => {
      const { catches } = type.recognition;
      const { actions } = resolveType(type, liveWith(catches));
      const reload = actions.reload?.send;
      if (reload?.by === 'signal') expect(catches).toContain(reload.signal);
    });

    it('says of its graceful and its fast stop signal what they mean', () => {
      const { gracefulStop, fastStop } = type.actions;
      if (gracefulStop?.send.by === 'signal') {
        expect(type.stopSignals[gracefulStop.send.signal]).toBe('graceful');
      }
      if (fastStop?.send.by === 'signal') {
        expect(type.stopSignals[fastStop.send.signal]).toBe('fast');
      }
    });

    it('writes what clients see as a clause', () => {
      for (const actions of allActions(type)) {
        for (const action of SERVER_ACTIONS) {
          const clients = actions[action]?.clients;
          if (clients !== undefined) expect(clients).toMatch(/^[^A-Z].*[^.]$/s);
        }
      }
    });

    it('writes its traps as sentences', () => {
      const traps = [...type.traps, ...(type.variants ?? []).flatMap((each) => each.traps ?? [])];
      for (const trap of traps) expect(trap).toMatch(/\.$/);
    });
  });
});
