"""Tokens for the page: short-lived, good for one project's Zaqar and for nothing else.

Each is the token of an application credential of the user, which ends in a few minutes and whose access rules list what
the panel asks of Zaqar. Keystone keeps credentials that have ended, so whoever gets a token has the old ones removed.
"""

import datetime
import uuid

from django.utils.dateparse import parse_datetime
from keystoneauth1 import exceptions
from keystoneauth1.identity import v3
from openstack_auth import utils as auth_utils
from openstack_dashboard import api

from zaqar_web_horizon import config

# Tells ours from the user's own.
PREFIX = 'zaqar-web-horizon-'


class NotAllowed(Exception):
    """Keystone gives this user no application credentials."""


def token(request, rules):
    """A fresh one, as a ``keystoneauth1`` access info."""
    try:
        discard(request, ended_before=_now())
        credential = api.keystone.application_credential_create(
            request, PREFIX + uuid.uuid4().hex,
            description='For a page of Horizon that works with Zaqar.',
            expires_at=_end(request), access_rules=rules)
        return _log_in(request, credential)
    except (exceptions.Forbidden, exceptions.BadRequest,
            exceptions.NotFound, exceptions.HttpNotImplemented) as error:
        # By policy, by limit, for who has logged in with an application
        # credential, or by a federation that does not keep its users' roles.
        raise NotAllowed() from error


def discard(request, ended_before=None):
    """Removes the credentials that were made here; with a time, those that ended before it."""
    for credential in api.keystone.application_credential_list(request,
                                                               filters={}):
        if not credential.name.startswith(PREFIX):
            continue
        if ended_before and _time(credential.expires_at) >= ended_before:
            continue
        try:
            api.keystone.application_credential_delete(request, credential.id)
        except exceptions.NotFound:
            pass  # another page of the same user was faster


def _log_in(request, credential):
    url, _ = auth_utils.fix_auth_url_version_prefix(request.user.endpoint)
    auth = v3.ApplicationCredential(
        auth_url=url,
        application_credential_id=credential.id,
        application_credential_secret=credential.secret)
    return auth.get_access(auth_utils.get_session())


def _end(request):
    """Never later than that of the session it comes from."""
    wanted = _now() + datetime.timedelta(seconds=config.get('token_seconds'))
    return min(wanted, request.user.token.expires)


def _time(text):
    # Keystone writes UTC without a sign of a zone.
    return parse_datetime(text).replace(tzinfo=datetime.timezone.utc)


def _now():
    return datetime.datetime.now(datetime.timezone.utc)
