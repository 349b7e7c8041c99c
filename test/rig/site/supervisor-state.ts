import { request } from 'node:http';

/** One program as the supervisor reports it. */
export interface ProgramState {
  readonly name: string;
  readonly group: string;
  /** 'RUNNING', 'FATAL', … (supervisor/states.py). */
  readonly state: string;
  /** 0 when there is no process. */
  readonly pid: number;
}

const CALL =
  '<?xml version="1.0"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName><params/></methodCall>';

/**
 * Asks the supervisor behind a unix socket for all its programs. A few lines of its own, since supervisorctl takes 0.2 s of
 * processor time for each look and reloadctl's client is what the tests test.
 */
export function readProgramStates(socketPath: string): Promise<readonly ProgramState[]> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, path: '/RPC2', method: 'POST', headers: { 'content-type': 'text/xml' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          resolve(parseProgramStates(text));
        });
        response.on('error', reject);
      },
    );
    call.setTimeout(5000, () => call.destroy(new Error(`${socketPath} did not answer in 5 s`)));
    call.on('error', reject);
    call.end(CALL);
  });
}

/** The programs in an answer to getAllProcessInfo. */
export function parseProgramStates(xml: string): readonly ProgramState[] {
  return xml
    .split('<struct>')
    .slice(1)
    .map((struct) => {
      const member = (name: string): string =>
        new RegExp(`<name>${name}</name>\\s*<value>\\s*<\\w+>([^<]*)<`).exec(struct)?.[1] ?? '';
      return {
        name: member('name'),
        group: member('group'),
        state: member('statename'),
        pid: Number(member('pid')),
      };
    });
}
