# Copies descriptors out of another process and sends them to the Node that started this. Neither is
# in Node: the first are pidfd_open(2) and pidfd_getfd(2), whose numbers are the same on every machine
# but alpha; the second is the protocol of Node's own channel (lib/internal/child_process.js), which
# takes an answer for each. Arguments: the pid, then the descriptors.
import array
import ctypes
import json
import os
import socket
import sys

PIDFD_OPEN = 434
PIDFD_GETFD = 438

libc = ctypes.CDLL(None, use_errno=True)
channel = socket.socket(fileno=int(os.environ['NODE_CHANNEL_FD']))


def call(number, *args):
    result = libc.syscall(number, *args)
    if result < 0:
        fail(os.strerror(ctypes.get_errno()))
    return result


def send(message, fds):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
    channel.sendmsg([(json.dumps(message) + '\n').encode()], rights)


def fail(reason):
    send({'error': reason}, [])
    sys.exit(1)


pidfd = call(PIDFD_OPEN, int(sys.argv[1]), 0)
for fd in map(int, sys.argv[2:]):
    copy = call(PIDFD_GETFD, pidfd, fd, 0)
    send({'cmd': 'NODE_HANDLE', 'type': 'net.Native', 'msg': {'fd': fd}}, [copy])
    channel.recv(4096)
