/** Milliseconds of a processor that `action` takes: however busy the machine is, what is quadratic shows and nothing else. */
export function processorMs(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
