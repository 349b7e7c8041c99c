# Reads the arguments as dramatiq itself does, and loads the broker and the modules as each of its
# workers would (dramatiq/cli.py).
import importlib
import sys

from dramatiq.cli import import_broker, make_argument_parser

args = make_argument_parser().parse_args()
for path in args.path:
    sys.path.insert(0, path)
import_broker(args.broker)
for module in args.modules:
    importlib.import_module(module)
