# Reads the arguments as uvicorn itself does, its environment variables included, and loads what a
# worker would load before it serves (uvicorn/config.py, Config.load): the application, its factory,
# certificates.
import inspect
import sys

from uvicorn.config import Config
from uvicorn.main import main

given = main.make_context("uvicorn", sys.argv[1:], auto_envvar_prefix="UVICORN").params
if given.get("app_dir") is not None:
    sys.path.insert(0, given["app_dir"])
other = ("headers", "reload", "reload_dirs", "reload_includes", "reload_excludes", "workers")
parameters = inspect.signature(Config.__init__).parameters
names = [name for name in parameters if name in given and name not in other]
Config(**{name: given[name] for name in names}).load()
