import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogsFixture } from './logs-fixture.ts';

const BEGIN = '<!--XSUPERVISOR:BEGIN-->';
const END = '<!--XSUPERVISOR:END-->';

let fixture: LogsFixture;
beforeEach(() => {
  fixture = new LogsFixture();
});
afterEach(() => fixture.end());

const log = (): string => readFileSync(fixture.log, 'utf8');

/** The events as 'type pid text', the pid as 'app' when it is that of the program. */
function heard(pid?: number): readonly string[] {
  return fixture.events.map((event) => {
    if (!('data' in event) || !('pid' in event)) return event.type;
    return `${event.type} ${event.pid === pid ? 'app' : event.pid} ${event.data.toString()}`;
  });
}

describe('what a program writes', () => {
  it('is told to listeners with its pid, after it was logged, when they are to hear of it', async () => {
    const output = await fixture.open({ eventsEnabled: true });
    const child = fixture.spawn(output, ['sh', '-c', 'echo one']);
    await once(child, 'exit');
    await output.flush();
    expect(heard(child.pid)).toEqual(['PROCESS_LOG_STDOUT app one\n']);
    expect(fixture.events[0]).toMatchObject({ processName: 'app', groupName: 'apps' });
  });

  it('between the tokens is an event and not logged, also when the tokens come in pieces', async () => {
    const output = await fixture.open({ captureMaxBytes: 1000 });
    const say = (...texts: readonly string[]): string =>
      texts.map((text) => `printf %s '${text}'; sleep 0.03`).join('; ');
    await fixture.run(
      output,
      say(
        'before<!--XSUPER',
        'VISOR:BEGIN-->mess',
        `age${END.slice(0, 5)}`,
        `${END.slice(5)}after`,
      ),
    );
    expect(log()).toBe('beforeafter');
    expect(heard()).toEqual([expect.stringMatching(/^PROCESS_COMMUNICATION_STDOUT \d+ message$/)]);
  });

  it('is captured no more than asked for: the end of a long message', async () => {
    const output = await fixture.open({ captureMaxBytes: 10 });
    await fixture.run(output, `printf '${BEGIN}'; seq 1 100000; printf '${END}'`);
    expect(heard()).toEqual([expect.stringMatching(/ \d+ 99\n100000\n$/)]);
    expect(log()).toBe('');
  });

  it('makes both kinds of events when both are asked for', async () => {
    const output = await fixture.open({ captureMaxBytes: 100, eventsEnabled: true });
    await fixture.run(output, `printf 'a${BEGIN}b${END}c'`);
    expect(heard().map((text) => text.replace(/ \d+ /, ' '))).toEqual([
      'PROCESS_LOG_STDOUT a',
      'PROCESS_LOG_STDOUT b',
      'PROCESS_COMMUNICATION_STDOUT b',
      'PROCESS_LOG_STDOUT c',
    ]);
  });

  it('is not held back at the end of the process, and an unfinished message not kept for the next', async () => {
    const output = await fixture.open({ captureMaxBytes: 100 });
    await fixture.run(output, `printf 'short <!--X'`);
    expect(log()).toBe('short <!--X');
    await fixture.run(output, `printf ' ${BEGIN}half'`);
    await fixture.run(output, `printf 'next${END}'`);
    expect(log()).toBe(`short <!--X next${END}`);
    expect(heard()).toEqual([]);
  });

  it('loses its colours in log and events with strip_ansi', async () => {
    const output = await fixture.open({ eventsEnabled: true }, { stripAnsi: true });
    await fixture.run(output, String.raw`printf 'a\033[3'; sleep 0.03; printf '1mred\033[0m\n'`);
    expect(log()).toBe('ared\n');
    expect(heard().map((text) => text.replace(/^.* \d+ /, ''))).toEqual(['a', 'red\n']);
  });

  it('is the protocol of an event listener, with neither capture nor events', async () => {
    const output = await fixture.open(
      { captureMaxBytes: 100, eventsEnabled: true },
      { changes: { kind: 'eventlistener' } },
    );
    const chunks: string[] = [];
    output.onData = (chunk) => chunks.push(chunk.toString());
    await fixture.run(output, `echo '${BEGIN}READY'`);
    expect([log(), chunks.join(''), heard()]).toEqual([`${BEGIN}READY\n`, `${BEGIN}READY\n`, []]);
  });

  it('is in the main log of a daemon that logs so much', async () => {
    const said: string[] = [];
    const output = await fixture.open({}, { onDebug: (text) => said.push(text) });
    await fixture.run(output, 'echo one');
    expect(said).toEqual(["'app' stdout output:\none\n"]);
  });
});
