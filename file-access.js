/**
 * The files outside of src/os that may call the file system or make servers themselves, each with the reason why no path of a program's is
 * touched with our rights there. Everything else goes through Os.files, src/os/as-user or src/os/guarded-place.ts.
 */
export const FILE_ACCESS = {
  'src/launch.ts': 'its own parts',
  'src/commands/foreground.ts': 'our own stdin',
  'src/commands/leave-lost-terminal.ts': 'our own terminal',
  'src/commands/replace-running-daemon.ts':
    'the pid file of the daemon, which the administrator names',
  'src/commands/run/control-place.ts': 'a directory of our own user',
  'src/commands/run/run-program.ts': 'the directory that whoever calls us names',
  'src/commands/shell/history.ts': 'a file below the home directory of whoever calls us',
  'src/commands/watch/terminal-guard.ts': 'our own terminal',
  'src/config/text/files.ts': 'the configuration, which the administrator names',
  'src/daemon/adopt/find-survivors.ts': 'our own runtime directory',
  'src/daemon/adopt/runtime-directory.ts': 'our own runtime directory',
  'src/daemon/adopt/take-back-sockets.ts':
    'whether there is an interpreter of the system at a fixed place',
  'src/daemon/close-inherited-files.ts': 'our own descriptors',
  'src/daemon/logs/auto-log.ts':
    'logs in the directory that the administrator names, by guarded-place',
  'src/daemon/logs/fifo-reader.ts': 'descriptors that are open',
  'src/daemon/logs/log-file.ts': 'logs that the administrator names, by guarded-place',
  'src/daemon/logs/open-child-output.ts': 'pipes in our own runtime directory',
  'src/daemon/logs/open-fifo.ts': 'pipes in our own runtime directory',
  'src/daemon/logs/open-log-fd.ts': 'logs that the administrator names, by guarded-place',
  'src/daemon/logs/rotate.ts': 'logs that the administrator names, by guarded-place',
  'src/daemon/pid-file.ts': 'the pid file of the daemon, which the administrator names',
  'src/daemon/process/process-pipes.ts': 'pipes in our own runtime directory',
  'src/daemon/process/stdin-pipe.ts': 'pipes in our own runtime directory',
  'src/daemon/raise-limits.ts': '/proc/self',
  'src/daemon/replace/control-socket.ts': 'our own runtime directory',
  'src/daemon/run-daemon.ts': 'our own files, and the directory that the administrator names',
  'src/daemon/server/http/bind-unix-socket.ts':
    'the socket of the daemon, which the administrator names',
  'src/daemon/server/http/create-http-server.ts':
    'the servers of the daemon, where the administrator names',
  'src/daemon/server/http/send-growing-log.ts':
    'whether a log is still the same one: nothing but its number is read',
  'src/daemon/server/open-servers.ts': 'the servers of the daemon, where the administrator names',
  'src/daemon/server/methods/daemon-methods.ts': 'the log of the daemon',
  'src/daemon/server/methods/log-methods.ts': 'whether there is a log at all',
  'src/daemon/server/methods/read-log.ts': 'types alone; logs are opened by open-log',
  'src/daemon/server/open-log.ts': 'logs that the administrator names, by guarded-place',
  'src/daemon/spawn/detach.ts': 'our own descriptors',
  'src/daemon/spawn/fetch-sockets.ts': 'our own descriptors',
  'src/daemon/spawn/find-command.ts':
    'whether there is a command that the administrator names, as supervisord looks',
  'src/daemon/spawn/make-fifos.ts': 'our own runtime directory',
  'src/daemon/spawn/spawn-child.ts':
    'the directory of a program that runs as ourselves, and the first bytes of what the administrator has executed',
  'src/daemon/spawn/started-with.ts': '/proc/self, and the limits of our parent',
};
