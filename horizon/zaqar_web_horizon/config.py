"""The settings, ``ZAQAR_WEB_HORIZON`` in Horizon's local_settings.py; docs/guide/horizon.md explains them."""

from django.conf import settings

DEFAULTS = {
    # Zaqar's addresses for browsers; without them those of the catalog. No socket with False.
    'websocket': None,
    'rest': None,
    # How long a token for the page lives.
    'token_seconds': 600,
    # Whether the page gets the user's own token where Keystone gives no narrow one.
    'user_token': False,
    # The most that the panel makes a signed URL valid, and a subscription live.
    'signed_url_seconds': 86_400,
    'subscription_seconds': 30 * 86_400,
}


def get(name):
    return getattr(settings, 'ZAQAR_WEB_HORIZON', {}).get(name, DEFAULTS[name])
