/** `configuration` with a settling time of half a second, unless it has a [reloadctl] section of its own. */
export function withShortSettle(configuration: string): string {
  if (/^\[reloadctl\]/m.test(configuration)) return configuration;
  return `${configuration}\n[reloadctl]\nsettle=0.5\n`;
}
