"""serve.py PARENT_PID PORT PLUGIN_STATIC: Horizon with its static files on a port of 127.0.0.1, ending with its parent.

The plugin's own static files are read anew for each request: who works on the panel reloads the page, and that is all.
"""

from pathlib import Path
import sys

import waitress
from whitenoise import WhiteNoise

sys.path.append(str(Path(__file__).resolve().parent.parent / 'zaqar'))
from lifetime import end_with  # noqa: E402

parent, port, plugin_static = sys.argv[1:]
end_with(int(parent))

from openstack_dashboard.wsgi import application  # noqa: E402
from django.conf import settings  # noqa: E402

horizon = WhiteNoise(application, root=settings.STATIC_ROOT, prefix='static')
everything = WhiteNoise(horizon, root=plugin_static, prefix='static', autorefresh=True)
waitress.serve(everything, host='127.0.0.1', port=int(port), threads=8, ident=None)
