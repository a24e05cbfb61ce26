"""What pages of a session were given begins with its login and ends with its logout."""

import functools
import logging

from django.contrib.auth import signals
from openstack_auth import user as auth_user

from zaqar_web_horizon import narrow

LOG = logging.getLogger(__name__)

# In the session: a page of it was given a token.
GIVEN = 'zaqar_web_horizon'


def connect():
    signals.user_logged_in.connect(_begin)
    signals.user_logged_out.connect(_end)
    _connect_logout_by_websso()


def note(request):
    """That a page of the session is given a token."""
    request.session.setdefault(GIVEN, True)


def _begin(sender, request, user, **kwargs):
    narrow.begin(request)


def _end(sender, request, user, **kwargs):
    """Ends what pages of this session were given, as far as Zaqar asks Keystone again."""
    if request is None or not request.session.pop(GIVEN, None):
        return
    try:
        narrow.end(request)
    except Exception:
        # They end by themselves in a few minutes; nobody must be kept from
        # logging out.
        LOG.exception('The tokens of Zaqar pages could not be removed.')


def _connect_logout_by_websso():
    """With WEBSSO_DEFAULT_REDIRECT_LOGOUT Horizon's logout sends no signal; it calls this function, and nothing else does."""
    unset = auth_user.unset_session_user_variables

    @functools.wraps(unset)
    def end_and_unset(request):
        _end(sender=None, request=request, user=request.user)
        unset(request)

    auth_user.unset_session_user_variables = end_and_unset
