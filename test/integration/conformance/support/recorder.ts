import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An event as the listener of {@link recorderSection} was told it. */
export interface Recorded {
  /** Milliseconds since the epoch, when the listener had read it. */
  readonly at: number;
  readonly type: string;
  /** The whole header line. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
  /** The length of the payload on the wire. */
  readonly bytes: number;
}

/** Speaks the protocol of event listeners by itself, counts in characters and keeps all that it is told. */
const RECORDER = String.raw`
import json, sys, time
stdin = open(0, encoding='utf-8', newline='')
def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()
while True:
    say('READY\n')
    line = stdin.readline()
    if not line:
        break
    # The identifier of a site has a blank in it.
    headers = dict(pair.split(':', 1) for pair in line.split() if ':' in pair)
    payload = stdin.read(int(headers['len']))
    told = [time.time() * 1000, headers, payload, len(payload.encode())]
    with open(sys.argv[1], 'a') as file:
        file.write(json.dumps(told) + '\n')
    say('RESULT 2\nOK')
`;

/** The name of the program that keeps the events. */
export const RECORDER_NAME = 'recorder';

/** What a site needs for {@link readRecorded}: a file with the program, and the section that runs it. */
export function recorderFiles(
  python: string,
  events: string,
): { readonly section: string; readonly program: string } {
  return {
    program: RECORDER,
    section: `
[eventlistener:${RECORDER_NAME}]
command=${python} %(here)s/recorder.py %(here)s/recorded
events=${events}
buffer_size=100000
startsecs=0
stderr_logfile=%(here)s/recorder.err
`,
  };
}

/** All that was told until now, in order. */
export function readRecorded(directory: string): readonly Recorded[] {
  const path = join(directory, 'recorded');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [at, headers, payload, bytes] = JSON.parse(line) as [
        number,
        Record<string, string>,
        string,
        number,
      ];
      return { at, type: headers.eventname ?? '', headers, payload, bytes };
    });
}
