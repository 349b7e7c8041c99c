"""A single-process HTTP server: slow-listener.py ADDRESS BOOT_SECONDS [STATUS_FILE].

ADDRESS is a path (unix socket) or a port of 127.0.0.1 (SO_REUSEPORT). It listens only after BOOT_SECONDS. Answers 503 where STATUS_FILE
says `sick` when it starts. TERM ends it.
"""

import os
import signal
import socket
import sys
import time

address, boot_seconds = sys.argv[1], float(sys.argv[2])
status_file = sys.argv[3] if len(sys.argv) > 3 else None
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

time.sleep(boot_seconds)
status = "200 OK"
if status_file is not None and os.path.exists(status_file):
    with open(status_file) as file:
        if file.read().strip() == "sick":
            status = "503 Sick"

if address.isdigit():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", int(address)))
else:
    if os.path.exists(address):
        os.unlink(address)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
listener.listen(64)

while True:
    client, _ = listener.accept()
    with client:
        client.settimeout(2)
        try:
            client.recv(4096)
            body = str(os.getpid())
            client.sendall(
                f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
            )
        except OSError:
            pass
