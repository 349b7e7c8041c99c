# make demo      see a reload under load
# make test      unit tests, and every guarantee against real gunicorn and supervisord; says how long each part took
# make test-all  the same with every release of gunicorn and supervisor, and what takes longer
# make check     types, lint, format, dead code, layers, unit tests
# make bench     what a reload costs
# Each does its own set-up: packages by npm ci, gunicorn and supervisor from PATH or into .cache/.
.PHONY: demo test test-all check bench build clean
.DEFAULT_GOAL := build

# npm writes this file last, and rewrites it whenever it installs.
packages := node_modules/.package-lock.json

$(packages): package.json package-lock.json
	npm ci
	@touch $@

build: $(packages)
	npm run build

# The demo and the bench look for gunicorn and supervisor themselves, install them where they are missing, and say so. Nothing stands
# between make and node, so that Ctrl-C ends with everything cleaned up.
demo: $(packages)
	@npm run --silent build
	@node --import tsx test/demo/demo.ts

# The command line and the Python environments are made by test/rig/global-setup.ts.
test: $(packages)
	npm run build
	npm test

test-all: $(packages)
	npm run build
	npm run test:all

check: $(packages)
	npm run check

# QUICK=1: about two minutes, and docs/benchmarks.md stays as it is.
bench: $(packages)
	@npm run --silent build
	@node --import tsx test/bench/bench.ts

# The second directory is used when root tests in a directory that others may not enter (test/rig/place.ts).
clean:
	rm -rf dist coverage .cache
	rm -rf "$${TMPDIR:-/tmp}/reloadctl-cache-$$(id -u)-$$(printf %s "$(CURDIR)" | sha256sum | cut -c1-12)"
