"""Appends some 50 MB a second to a file for some seconds: flood.py FILE SECONDS. Every line is one that a terminal must not obey."""

import sys
import time

LINE = b"\x1b[2J\x1b]0;owned\x07 \xff\xfe " + b"x" * 100 + b"\n"
PIECE = LINE * (2_500_000 // len(LINE))

path, seconds = sys.argv[1], float(sys.argv[2])
end = time.monotonic() + seconds
with open(path, "ab", buffering=0) as log:
    due = time.monotonic()
    while time.monotonic() < end:
        log.write(PIECE)
        due += 0.05
        time.sleep(max(0, due - time.monotonic()))
