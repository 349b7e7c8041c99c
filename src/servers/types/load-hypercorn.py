# Reads the arguments and the configuration as hypercorn itself does, and loads the application where
# it would begin to serve.
import sys

import hypercorn.__main__ as cli
from hypercorn.utils import load_application


def aside(config):
    load_application(config.application_path, config.wsgi_max_body_size)
    if config.ssl_enabled:
        config.create_ssl_context()
    return 0


cli.run = aside
sys.exit(cli.main(sys.argv[1:]))
