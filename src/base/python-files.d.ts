/** The text of a program for Python: build.mjs bundles it, vitest.config.ts and test/rig/run-sources.js load it. */
declare module '*.py' {
  const text: string;
  export default text;
}
