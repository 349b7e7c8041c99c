# Reads the arguments as granian itself does, its environment variables included, and loads what a
# worker would load.
import pathlib
import sys

from granian._internal import load_target
from granian.cli import cli

given = cli.make_context("granian", sys.argv[1:], auto_envvar_prefix="GRANIAN").params
where = given.get("working_dir")
load_target(
    given["app"],
    wd=pathlib.Path(where) if where else None,
    factory=bool(given.get("factory")),
)
