"""serve.py PARENT_PID CONFIG DATABASE PORT: Keystone on a port of 127.0.0.1, ending with its parent."""

import os
from pathlib import Path
import sqlite3
import sys

import waitress

sys.path.append(str(Path(__file__).resolve().parent.parent / 'zaqar'))
from lifetime import end_with  # noqa: E402

parent, config, database, port = sys.argv[1:]
end_with(int(parent))

# The database is made once and used on another port each time, and whoever validates a token follows the catalog.
with sqlite3.connect(database) as connection:
    connection.execute(
        "UPDATE endpoint SET url = ? WHERE service_id IN (SELECT id FROM service WHERE type = 'identity')",
        (f'http://127.0.0.1:{port}/v3',))
connection.close()

os.environ['OS_KEYSTONE_CONFIG_FILES'] = config
# Keystone parses sys.argv when it is imported, and ends on what it does not know.
sys.argv = ['keystone']
from keystone.wsgi.api import application  # noqa: E402

# One thread, as operators run each of its processes: with several it misses a role at times (sqlite).
waitress.serve(application, host='127.0.0.1', port=int(port), threads=1, ident=None)
