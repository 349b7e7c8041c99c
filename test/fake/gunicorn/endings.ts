/** StopIteration in gunicorn's main loop: a graceful end. */
export class StopMaster extends Error {}

/** gunicorn.errors.HaltServer: a worker could not boot. */
export class HaltServer extends Error {
  readonly status: number;

  constructor(reason: string, status: number) {
    super(reason);
    this.status = status;
  }
}

/** sys.exit(): the process ends at once, its workers do not. */
export class SystemExit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}
