"""Where the browser finds Zaqar."""

import re

from openstack_dashboard.api import base

from zaqar_web_horizon import config

# By name of the setting, the type of the service in the catalog.
SERVICES = {'websocket': 'messaging-websocket', 'rest': 'messaging'}


def endpoints(request, *names):
    """Those of 'websocket' and 'rest' that are set or in the catalog."""
    found = {name: _url(request, name) for name in names}
    return {name: _root(url) for name, url in found.items() if url}


def _url(request, name):
    wanted = config.get(name)
    if wanted is False:
        return None
    return wanted or _public_url(request, SERVICES[name])


def _public_url(request, service_type):
    service = base.get_service_from_catalog(request.user.service_catalog,
                                            service_type)
    if service:
        # A browser is outside: what Horizon itself uses may be the internal one.
        return base.get_url_for_service(
            service, request.user.services_region, 'publicURL')


def _root(url):
    """Without the version, which the client adds."""
    return re.sub(r'(/v2)?/*$', '', url)
