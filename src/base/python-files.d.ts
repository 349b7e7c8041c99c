/** The text of a Python program. Loaders: build.mjs, vitest.config.ts, test/rig/run-sources.js. */
declare module '*.py' {
  const text: string;
  export default text;
}
