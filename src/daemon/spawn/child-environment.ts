import type { HttpServer, Program } from '../../config/program.ts';

/**
 * The environment of a program's process: that of the daemon, then the SUPERVISOR_ variables, then environment=, which may override them
 * (supervisor/process.py, _spawn_as_child).
 */
export function childEnvironment(
  program: Pick<Program, 'name' | 'group' | 'environment' | 'serverurl'>,
  inherited: Readonly<Record<string, string | undefined>>,
  defaultServerUrl: string | undefined,
): Readonly<Record<string, string>> {
  const serverUrl = program.serverurl ?? defaultServerUrl;
  const kept = Object.entries(inherited).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(kept),
    SUPERVISOR_ENABLED: '1',
    ...(serverUrl === undefined || serverUrl === '' ? {} : { SUPERVISOR_SERVER_URL: serverUrl }),
    SUPERVISOR_PROCESS_NAME: program.name,
    SUPERVISOR_GROUP_NAME: program.group,
    ...program.environment,
  };
}

/** SUPERVISOR_SERVER_URL where a program names none: the first unix server, else the last inet one (supervisor/options.py). */
export function defaultServerUrl(servers: readonly HttpServer[]): string | undefined {
  const unix = servers.find((server) => server.kind === 'unix');
  if (unix !== undefined) return `unix://${unix.file}`;
  const inet = servers.findLast((server) => server.kind === 'inet');
  if (inet === undefined) return undefined;
  return `http://${inet.host === '' ? 'localhost' : inet.host}:${inet.port}`;
}
