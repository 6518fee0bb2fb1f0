# SPDX-License-Identifier: Apache-2.0
"""gdb lists the processes of a stopped program and shows where a parked one waits.

    gdb_test.py PROGRAM SCRIPT    runs gdb, which runs this file again inside
Exit code 77: there is no gdb.
"""

import shutil
import subprocess
import sys

INSIDE = r'''
import re
gdb.execute("run", to_string=True)
listed = gdb.execute("kith processes", to_string=True)
print(listed)
line = next(line for line in listed.splitlines() if " waits " in line + " ")
index, waiting = re.match(r"(\d+)\.\d+\s+parked on worker 0\s+(\d+)", line).groups()
print("WAITING", waiting)
gdb.execute("kith where " + index)
'''


def main():
    program, script = sys.argv[1:]
    if shutil.which("gdb") is None:
        print("there is no gdb here: install the package gdb")
        return 77
    ran = subprocess.run(
        ["gdb", "-batch", "-nx", "-iex", "set debuginfod enabled off", "-x", script,
         "-ex", "python exec(%r)" % INSIDE, program],
        capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    print(ran.stdout, ran.stderr)
    wanted = ("WAITING 2", "wait_for_ever", "waits  (anonymous namespace)::Handled")
    missing = [text for text in wanted if text not in ran.stdout]
    if missing:
        print("not found:", ", ".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
