# Loads the settings the way gunicorn does (its own command line, GUNICORN_CMD_ARGS, configuration
# file), without loading the application: that is what `--print-config` does too, but it boots the
# application as well (gunicorn/app/base.py, run()).
import sys

# The directory of the program, where a file gunicorn.py would shadow the package.
if sys.path and sys.path[0] == '':
    del sys.path[0]

import json
import os

import gunicorn
from gunicorn import config
from gunicorn.app.wsgiapp import WSGIApplication

HOOKS = ('on_starting', 'on_reload', 'when_ready', 'pre_exec', 'on_exit', 'nworkers_changed')


def find_hooks(cfg):
    defaults = config.make_settings()
    return [
        name
        for name in HOOKS
        if name in cfg.settings
        and getattr(cfg.settings[name].get(), '__code__', None)
        is not getattr(defaults[name].get(), '__code__', None)
    ]


def find_file(cfg):
    parser = cfg.parser()
    path = parser.parse_args().config
    if not path:
        has_variable = hasattr(cfg, 'get_cmd_args_from_env')
        words = cfg.get_cmd_args_from_env() if has_variable else []
        path = parser.parse_args(words).config
    if path is None and os.path.exists('gunicorn.conf.py'):
        path = './gunicorn.conf.py'
    if path is not None and path.startswith('file:'):
        path = path[5:]
    return path


def find_control_socket(cfg):
    if 'control_socket' not in cfg.settings or cfg.control_socket_disable:
        return None
    return os.path.join(os.getcwd(), cfg.control_socket)


def mtime_ms(path):
    try:
        return os.stat(path).st_mtime * 1000
    except Exception:
        return None


def describe_address(address):
    if isinstance(address, (tuple, list)):
        return {'host': address[0], 'port': address[1]}
    if isinstance(address, int):
        return {'fd': address}
    if isinstance(address, bytes):
        address = os.fsdecode(address)
    return {'path': address if address[:1] == '\0' else os.path.abspath(address)}


def describe_listening(cfg):
    try:
        return {
            'addresses': [describe_address(address) for address in cfg.address],
            'backlog': cfg.backlog,
            'umask': cfg.umask,
            'uid': cfg.uid,
            'gid': cfg.gid,
        }
    except Exception:
        return None


sys.argv[0] = 'gunicorn'
cfg = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").cfg
path = find_file(cfg)
answer = {
    'version': gunicorn.__version__,
    'workers': cfg.workers,
    'threads': cfg.threads,
    'workerClass': str(cfg.worker_class_str),
    'timeout': cfg.timeout,
    'gracefulTimeout': cfg.graceful_timeout,
    'preloadApp': bool(cfg.preload_app),
    'bind': [str(b) for b in cfg.bind] if isinstance(cfg.bind, (list, tuple)) else [str(cfg.bind)],
    'pidfile': cfg.pidfile and os.path.abspath(cfg.pidfile),
    'chdir': cfg.chdir,
    'daemon': bool(cfg.daemon),
    'reusePort': bool(cfg.reuse_port),
    'reload': bool(cfg.reload),
    'maxRequests': cfg.max_requests,
    'maxRequestsJitter': cfg.max_requests_jitter,
    'configFile': None if not path or path.startswith('python:') else os.path.abspath(path),
    'configMtimeMs': mtime_ms(path),
    'chdirReal': os.path.realpath(cfg.chdir),
    'controlSocket': find_control_socket(cfg),
    'hooks': find_hooks(cfg),
    'listening': describe_listening(cfg),
    'errorLog': os.path.abspath(cfg.errorlog) if cfg.errorlog and cfg.errorlog != '-' else None,
}
sys.stdout.flush()
# What the configuration file prints stands before it; settings.ts looks for the mark.
print('\nreloadctl-gunicorn-settings:' + json.dumps(answer))
