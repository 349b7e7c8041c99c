/** How a new version is put into service. */
export type Way =
  | 'supervisorctl restart'
  | 'bare HUP'
  | 'reloadctl reload'
  | 'restart --hard'
  | 'kill -9, master'
  | 'link moved, no HUP'
  | 'reloadctl deploy';

/** One row of the demo: a new version and the way in which it is put into service. */
export interface Deployment {
  readonly way: Way;
  readonly version: string;
  readonly boots: boolean;
  /** What the deployment leaves serving when it goes well. */
  readonly before: string;
}

/** For how long the app imports before it can answer. */
export const BOOT_SECONDS = 3;

/** How many requests are sent, however slow the answers are. */
export const REQUESTS_PER_SECOND = 100;

/** What serves before the first row. */
export const FIRST_VERSION = 'v1';

/** Rows of one application under one supervisor. */
export interface Scene {
  readonly supervisor: 'supervisord' | 'reloadctl';
  /** A preloaded application loads its code in the master, where no signal changes it. */
  readonly preload: boolean;
  /** The code stands in releases behind a link; a worker dies after each row. */
  readonly releases?: true;
  /** In their order. A row that leaves nothing serving is followed by a repair to its `before`. */
  readonly deployments: readonly Deployment[];
}

export const UNDER_SUPERVISORD: Scene = {
  supervisor: 'supervisord',
  preload: false,
  deployments: [
    { way: 'supervisorctl restart', version: 'v2', boots: true, before: FIRST_VERSION },
    { way: 'bare HUP', version: 'v3', boots: true, before: 'v2' },
    { way: 'reloadctl reload', version: 'v4', boots: true, before: 'v3' },
    { way: 'bare HUP', version: 'v5', boots: false, before: 'v4' },
    { way: 'reloadctl reload', version: 'v6', boots: false, before: 'v4' },
  ],
};

export const UNDER_DAEMON: Scene = {
  supervisor: 'reloadctl',
  preload: true,
  deployments: [
    { way: 'reloadctl reload', version: 'v2', boots: true, before: FIRST_VERSION },
    { way: 'restart --hard', version: 'v3', boots: true, before: 'v2' },
    { way: 'kill -9, master', version: 'v4', boots: true, before: 'v3' },
    { way: 'reloadctl reload', version: 'v5', boots: false, before: 'v4' },
  ],
};

/** A release that does not boot lies where the link leads when a worker dies. */
export const BEHIND_LINK: Scene = {
  supervisor: 'supervisord',
  preload: false,
  releases: true,
  deployments: [
    { way: 'link moved, no HUP', version: 'v2', boots: false, before: FIRST_VERSION },
    { way: 'reloadctl deploy', version: 'v3', boots: false, before: FIRST_VERSION },
  ],
};
