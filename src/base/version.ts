declare const __VERSION__: string;

/** The version of reloadctl, from package.json; put in by the build. */
export const VERSION: string = __VERSION__;
