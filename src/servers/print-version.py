# Prints the version of the distribution that the first argument names.
import sys
from importlib.metadata import version

print(version(sys.argv[1]))
