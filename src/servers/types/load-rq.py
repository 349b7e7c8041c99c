# Reads the arguments as rq itself does, loads its settings and the classes that they name, and asks
# redis for a sign of life (rq/cli/helpers.py, CliConfig; rq/cli/workers.py). Nothing is registered.
from rq.cli import main
from rq.cli.helpers import CliConfig, import_attribute, read_config_file


def load(**options):
    config = CliConfig(**options)
    if config.config:
        read_config_file(config.config)
    for handler in options.get("exception_handler") or ():
        import_attribute(handler)
    config.connection.ping()


for name, command in main.commands.items():
    if name.startswith("worker"):
        command.callback = load
main()
