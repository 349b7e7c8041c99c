# Loads the application as daphne itself does (daphne/cli.py, run).
import sys

from daphne.cli import CommandLineInterface

cli = CommandLineInterface()
args = cli.parser.parse_args(sys.argv[1:])
sys.path.insert(0, ".")
cli.load_asgi_app(args.application)
