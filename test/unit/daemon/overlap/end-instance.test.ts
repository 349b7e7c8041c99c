import { describe, expect, it } from 'vitest';
import { endInstance } from '../../../../src/daemon/overlap/end-instance.ts';
import { sampleProgram } from '../process/sample-program.ts';
import { fakeInstance, fakeWorld } from './fake-instance.ts';

describe('the end of an instance', () => {
  it('is asked for by the stop signal, and waited for', async () => {
    const world = fakeWorld();
    const { instance, end } = fakeInstance(7);
    const program = sampleProgram({ stopsignal: 'SIGINT', stopsignalNumber: 2, stopasgroup: true });
    const ended = endInstance(world, program, instance);
    world.clock.after(4000, () => {
      end();
    });
    expect(await world.clock.run(ended)).toEqual({ pid: 7, killed: false, afterMs: 4000 });
    expect(world.signals).toEqual(['0 SIGINT 7 group']);
  });

  it('is brought about by KILL when its patience is over, again and again', async () => {
    const world = fakeWorld();
    const { instance, end } = fakeInstance(7, 3);
    const ended = endInstance(world, sampleProgram({ killasgroup: true }), instance);
    world.clock.after(7000, () => {
      end();
    });
    expect(await world.clock.run(ended)).toEqual({ pid: 7, killed: true, afterMs: 7000 });
    expect(world.signals).toEqual(['0 SIGTERM 7', '3000 SIGKILL 7 group', '6000 SIGKILL 7 group']);
    expect(world.lines[0]).toContain("killing 'web' (7) with SIGKILL");
  });

  it('is no loop without a pause where there is no patience at all', async () => {
    const world = fakeWorld();
    const { instance, end } = fakeInstance(7, 0);
    const ended = endInstance(world, sampleProgram(), instance);
    world.clock.after(2500, () => {
      end();
    });
    await world.clock.run(ended);
    expect(world.signals).toEqual(['0 SIGTERM 7', '1000 SIGKILL 7', '2000 SIGKILL 7']);
  });

  it('is told where we may not signal it', async () => {
    const world = fakeWorld('denied');
    const { instance, end } = fakeInstance(7);
    const ended = endInstance(world, sampleProgram(), instance);
    end();
    await world.clock.run(ended);
    expect(world.lines).toEqual(['critical not permitted to send SIGTERM to web (7)']);
  });
});
