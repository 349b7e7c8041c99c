# Reads the arguments as celery itself does and loads what the command would load before it begins:
# the application and its task modules (celery/bin/celery.py; celery/loaders/base.py, init_worker).
# Nothing is sent to the broker.
import click
from celery.bin.celery import celery


@click.pass_context
def load(ctx, *args, **options):
    app = ctx.obj.app
    app.loader.import_default_modules()
    app.finalize()


for name in ("worker", "beat"):
    celery.commands[name].callback = load
celery(auto_envvar_prefix="CELERY")
