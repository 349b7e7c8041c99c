# Loads the settings the way gunicorn does (its own command line, GUNICORN_CMD_ARGS, configuration
# file), without loading the application: that is what `--print-config` does too, but it boots the
# application as well (gunicorn/app/base.py, run()).
import sys

# What is compiled beside the sources says how old they are.
sys.dont_write_bytecode = True

# The directory of the program, where a file gunicorn.py would shadow the package.
if sys.path and sys.path[0] == '':
    del sys.path[0]

import importlib.util
import json
import os
import struct
import sysconfig

import gunicorn
from gunicorn import config
from gunicorn.app.wsgiapp import WSGIApplication

HOOKS = (
    'on_starting',
    'on_reload',
    'when_ready',
    'pre_exec',
    'child_exit',
    'on_exit',
    'nworkers_changed',
)

# When the master loaded what it holds, milliseconds since the epoch; a line before this program says it.
SINCE_MS = globals().get('SINCE_MS', float('inf'))

# A master compiles what it imports in the moments after its start.
BOOT_MS = 10000

PATHS = sysconfig.get_paths()


def directories(paths):
    return tuple(os.path.realpath(path) + os.sep for path in paths)


STDLIB = directories([PATHS['stdlib'], PATHS['platstdlib']])
PACKAGES = directories(
    [PATHS['purelib'], PATHS['platlib']]
    + [path for path in sys.path if path.endswith(('site-packages', 'dist-packages'))]
)
SERVER = directories([os.path.dirname(gunicorn.__file__)])


def load_class_of_project(cfg, setting):
    # One of an installed package costs time; one of the project is held by the master.
    uri = cfg.settings[setting].get()
    if not isinstance(uri, str) or '.' not in uri:
        return
    try:
        top = uri.split(':')[-1].split('#')[-1].split('.')[0]
        spec = importlib.util.find_spec(top)
        if spec is None or not spec.origin:
            return
        if not os.path.realpath(spec.origin).startswith(PACKAGES):
            getattr(cfg, setting)
    except Exception:
        # That it cannot be loaded is told by the proof of the new code.
        pass


def is_compiled_from(path, stat):
    # What was compiled then has the time and the size of its source in its head (PEP 552).
    compiled = importlib.util.cache_from_source(path)
    at = os.stat(compiled)
    if max(at.st_mtime, at.st_ctime) * 1000 > SINCE_MS + BOOT_MS:
        return False
    with open(compiled, 'rb') as file:
        flags, mtime, size = struct.unpack('<4xIII', file.read(16))
    mask = 0xFFFFFFFF
    return flags == 0 and mtime == int(stat.st_mtime) & mask and size == stat.st_size & mask


def is_changed(path):
    try:
        stat = os.stat(path)
    except OSError:
        return True
    if max(stat.st_mtime, stat.st_ctime) * 1000 <= SINCE_MS:
        return False
    try:
        return not is_compiled_from(path, stat)
    except Exception:
        return True


def find_changed():
    # A loaded module has the name '__config__' where it is the configuration file, which each load reads anew.
    held = set()
    for module in list(sys.modules.values()):
        path = getattr(module, '__file__', None)
        if not isinstance(path, str) or module.__name__ == '__config__':
            continue
        path = os.path.realpath(path)
        is_package = path.startswith(PACKAGES)
        if path.startswith(STDLIB) and not is_package:
            continue
        # What gunicorn itself needs is no part of the project.
        if is_package and module.__name__ in BROUGHT and not path.startswith(SERVER):
            continue
        if is_changed(path):
            held.add(path)
    return held


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


# What is there before the configuration is read.
BROUGHT = set(sys.modules)

given = set()
set_value = config.Config.set


def note_and_set(self, name, value):
    given.add(name)
    set_value(self, name, value)


config.Config.set = note_and_set
sys.argv[0] = 'gunicorn'
cfg = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").cfg
path = find_file(cfg)
load_class_of_project(cfg, 'worker_class')
load_class_of_project(cfg, 'logger_class')
changed = find_changed()
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
    'isChdirSet': 'chdir' in given,
    'heldChanged': sorted(path for path in changed if not path.startswith(SERVER))[:20],
    'isServerChanged': any(path.startswith(SERVER) for path in changed),
    'listening': describe_listening(cfg),
    'errorLog': os.path.abspath(cfg.errorlog) if cfg.errorlog and cfg.errorlog != '-' else None,
}
sys.stdout.flush()
# What the configuration file prints stands before it; settings.ts looks for the mark.
print('\nreloadctl-gunicorn-settings:' + json.dumps(answer))
