/** Where in a configuration file something stands. `line` counts from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
}

/** Something that supervisord passes over in silence and that a person would want to know. */
export interface ConfigWarning {
  readonly message: string;
  readonly position: Position | undefined;
}
