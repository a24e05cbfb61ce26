"""Horizon's settings for the demo and the tests.

settings.py of Horizon looks for them as `local.local_settings`; this folder's parent is on PYTHONPATH, so that nothing is
written into the environment that Horizon is installed in.
"""

import json
import os

_folder = os.environ['HORIZON_FOLDER']

ALLOWED_HOSTS = ['127.0.0.1', 'localhost']
# No secret: it listens on 127.0.0.1 only, and dies with its parent.
SECRET_KEY = 'horizon-of-the-demo-and-the-tests'
LOCAL_PATH = _folder
STATIC_ROOT = os.environ['HORIZON_STATIC']
MEDIA_ROOT = os.path.join(_folder, 'media')
COMPRESS_OFFLINE = True
OPENSTACK_KEYSTONE_URL = os.environ.get('KEYSTONE', 'http://keystone.invalid/v3')
OPENSTACK_API_VERSIONS = {'identity': 3}
SESSION_ENGINE = 'django.contrib.sessions.backends.cache'
CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}
WEBROOT = '/'
TIME_ZONE = 'UTC'
# The panel must not need it.
ENABLE_CLIENT_TOKEN = False
LOGGING = {
    'version': 1,
    'disable_existing_loggers': False,
    'handlers': {'console': {'class': 'logging.StreamHandler'}},
    'root': {'handlers': ['console'], 'level': 'WARNING'},
}

# A real installation copies these files into openstack_dashboard/local/enabled/.
from openstack_dashboard.local import enabled as _enabled  # noqa: E402
import zaqar_web_horizon.enabled as _ours  # noqa: E402
_enabled.__path__ += _ours.__path__

# Without a compute service in the catalog Horizon's own first page is a 403.
from openstack_dashboard.settings import HORIZON_CONFIG  # noqa: E402
HORIZON_CONFIG['user_home'] = '/project/message_queues/'

# What a test wants otherwise.
globals().update(json.loads(os.environ.get('HORIZON_SETTINGS', '{}')))
