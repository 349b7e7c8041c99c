import { findWrongSignals } from '../../fake/audit.ts';
import type { Performed, Site } from '../../fake/site.ts';

/** What is wrong with a machine on which a run reported success: empty when it is as it should be. */
export function findFlaws(site: Site, version: string): readonly string[] {
  const { master, family, versions, kernel, installation } = site;
  const { workers, pidfile, controlSocket } = installation.config;
  const flaws: string[] = [];
  const check = (isTrue: boolean, flaw: string): void => {
    if (!isTrue) flaws.push(flaw);
  };
  check(master !== undefined, 'there is no master');
  check(versions.length === workers, `${versions.length} workers serve, not ${workers}`);
  check(
    versions.every((each) => each === version),
    `versions ${versions.join(' ')} serve, not ${version}`,
  );
  const expected = 1 + workers + site.wrappers;
  const names = family.map(({ pid, argv }) => `${pid} ${argv.join(' ')}`).join(', ');
  check(family.length === expected, `${family.length} processes, not ${expected}: ${names}`);
  check(site.subprocess.state === 'RUNNING', `the supervisor says ${site.subprocess.state}`);
  check(
    pidfile === undefined || kernel.files.get(pidfile)?.text === `${master?.proc.pid ?? 0}\n`,
    `the pid file says ${kernel.files.get(pidfile ?? '')?.text ?? 'nothing'}`,
  );
  check(kernel.files.get(`${pidfile ?? ''}.2`) === undefined, 'the pid file of the bridge is left');
  if (controlSocket !== undefined && !installation.flavour.startsWith('20.')) {
    const file = kernel.files.get(kernel.files.realpath(controlSocket) ?? controlSocket);
    const isMasters = master !== undefined && file?.socket?.holders.has(master.proc) === true;
    check(isMasters, 'the control socket is not that of the master');
    check(
      kernel.files.get(`${controlSocket}.reloadctl`) === undefined,
      'the second name of the control socket is left',
    );
  }
  return flaws;
}

/** What is wrong with any run, however it ended: signals that should not have been sent, reports that do not fit. */
export function findBreaches(site: Site, { exitCode, run, events }: Performed): readonly string[] {
  const breaches = [...findWrongSignals(site)];
  if (exitCode === 'killed') return breaches;
  const { result } = run;
  const killed = events.filter(({ event }) => event === 'killed').length;
  if (result === undefined) breaches.push('no result was told');
  else {
    if (result.exitCode !== exitCode) breaches.push(`told ${result.exitCode}, ended ${exitCode}`);
    if (result.killed !== killed) breaches.push(`told of ${result.killed} kills, did ${killed}`);
    if ((exitCode === 11) !== (result.outcome === 'done-with-kill')) {
      breaches.push(`exit ${exitCode} for ${result.outcome}`);
    }
    const hasLostMaster = events.some((event) => event.event === 'master-lost' && event.recovered);
    if (exitCode === 11 && killed === 0 && !hasLostMaster) breaches.push('exit 11 without a kill');
    if (exitCode === 0 && killed > 0) breaches.push('exit 0 with a kill');
  }
  return breaches;
}
