"""Runs a command on a pseudo-terminal of its own: on_terminal.py COLUMNS ROWS COMMAND...

stdin goes to the keyboard, the screen goes to stdout. File descriptor 3 is a socket: out of it come "pid N" and, at the end,
"exit N" or "signal N"; into it go "size COLUMNS ROWS" and "hangup", which closes the terminal as a lost connection does.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

CONTROL = 3
PIECE = 65536


def set_size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def read_piece(fd):
    try:
        return os.read(fd, PIECE)
    except OSError:
        return b""  # Linux says EIO when nobody has the other end open any more.


def relay(master):
    """Until the command has closed the terminal, or the terminal is hung up."""
    sources = [master, 0, CONTROL]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if master in ready:
            data = read_piece(master)
            if not data:
                return
            write_all(1, data)
        if 0 in ready:
            data = read_piece(0)
            if data:
                write_all(master, data)
            else:
                sources.remove(0)
        if CONTROL in ready:
            data = read_piece(CONTROL)
            if not data:
                return
            for line in data.decode().splitlines():
                word, *numbers = line.split()
                if word == "hangup":
                    return
                set_size(master, *map(int, numbers))


def main():
    columns, rows, *command = sys.argv[1:]
    pid, master = pty.fork()
    if pid == 0:
        set_size(0, int(columns), int(rows))
        os.close(CONTROL)
        os.execvp(command[0], command)
    write_all(CONTROL, b"pid %d\n" % pid)
    relay(master)
    os.close(master)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    write_all(CONTROL, b"exit %d\n" % code if code >= 0 else b"signal %d\n" % -code)


main()
