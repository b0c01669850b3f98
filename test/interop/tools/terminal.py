"""Runs a command in a pseudo terminal and types into it, as a person would: each text when the output
has come and rests. Usage: terminal.py JSON-LIST-OF-TEXTS COMMAND; prints what the terminal shows."""

import json
import os
import pty
import select
import sys

FIRST_OUTPUT_S = 20
REST_S = 0.7
END_S = 20

texts = json.loads(sys.argv[1])
pid, master = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", "exec " + sys.argv[2]])


def read(timeout_s):
    """Some output; nothing when none came in time, or at the end."""
    ready, _, _ = select.select([master], [], [], timeout_s)
    if not ready:
        return b""
    try:
        return os.read(master, 65536)
    except OSError:  # Linux says so when the other side is gone.
        return b""


shown = b""
for text in texts:
    chunk = read(FIRST_OUTPUT_S)
    while chunk:
        shown += chunk
        chunk = read(REST_S)
    os.write(master, text.encode())
chunk = read(END_S)
while chunk:
    shown += chunk
    chunk = read(END_S)
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.flush()
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
