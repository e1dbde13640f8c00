"""measure.py RESULT PROGRAM ARGUMENT...: runs a program and writes what it cost into the file RESULT.

On its own because a child starts with its parent's peak of memory (Linux counts the image before exec too), and a test
runner's is larger than what is to be measured."""
import json
import os
import sys
import time

result, *command = sys.argv[1:]
began = time.monotonic()
pid = os.posix_spawn(command[0], command, os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - began
with open(result, "w", encoding="utf-8") as file:
    json.dump({"wall_seconds": wall, "cpu_seconds": usage.ru_utime + usage.ru_stime,
               "peak_mib": usage.ru_maxrss / 1024}, file)
os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
