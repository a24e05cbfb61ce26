"""prepare.py CONFIG PASSWORD URL: Keystone's database and keys, and the administrator in it.

What an operator does with four calls of keystone-manage. Importing Keystone takes longer than any of them, so it is done
once; each call is a fork, because a process can parse its options only once.
"""

import os
import sys

config, password, url = sys.argv[1:]
# Keystone reads sys.argv itself when it is imported.
sys.argv = ['keystone-manage']

from keystone.cmd import cli  # noqa: E402

# Run as root, the key set-ups insist on being told whose the keys shall be.
owner = ['--keystone-user', str(os.getuid()), '--keystone-group', str(os.getgid())]
addresses = [word for name in ('public', 'internal', 'admin') for word in (f'--bootstrap-{name}-url', url)]

for command in (
    ['db_sync'],
    ['fernet_setup', *owner],
    ['credential_setup', *owner],
    ['bootstrap', '--bootstrap-password', password, '--bootstrap-region-id', 'RegionOne', *addresses],
):
    child = os.fork()
    if child == 0:
        cli.main(['keystone-manage', '--config-file', config, *command])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(f'keystone-manage {command[0]} failed')
