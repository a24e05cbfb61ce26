"""The hand-over: what a panel in the browser needs to talk to Zaqar itself.

POST, so that Django wants its CSRF token and nothing caches the answer; Horizon's decorator refuses who is not logged in
(401) and what no script of a page has sent (400).
"""

import datetime
import logging

from django.utils.translation import gettext as _
from django.views import generic
from openstack_dashboard.api.rest import urls
from openstack_dashboard.api.rest import utils

from zaqar_web_horizon import access_rules
from zaqar_web_horizon import config
from zaqar_web_horizon.endpoints import endpoints
from zaqar_web_horizon import narrow

LOG = logging.getLogger(__name__)

# In the session: a page of it was given a token.
GIVEN = 'zaqar_web_horizon'


@urls.register
class Queues(generic.View):
    """For the panel of the project."""
    url_regex = r'zaqar-web/queues/$'

    @utils.ajax()
    def post(self, request):
        return _hand_over(request, access_rules.QUEUES, 'websocket', 'rest')


@urls.register
class Pools(generic.View):
    """For the panel of administrators."""
    url_regex = r'zaqar-web/pools/$'

    @utils.ajax()
    def post(self, request):
        if not request.user.is_superuser:
            raise utils.AjaxError(403, _(
                'Pools and flavors are for administrators.'))
        return _hand_over(request, access_rules.POOLS, 'rest')


def _hand_over(request, rules, *names):
    found = endpoints(request, *names)
    if not found:
        raise utils.AjaxError(503, _(
            'The service catalog does not tell where Zaqar is.'))
    token, is_narrow = _token(request, rules)
    response = utils.JSONResponse({
        **found,
        'projectId': request.user.project_id,
        'projectName': request.user.project_name,
        'token': token.auth_token,
        # For the page, whose clock may be wrong; Keystone's is ours.
        'expiresIn': _seconds_until(token.expires),
        'expiresAt': token.expires.isoformat(),
        'narrow': is_narrow,
    })
    response['Cache-Control'] = 'no-store'
    return response


def _token(request, rules):
    request.session.setdefault(GIVEN, True)
    try:
        return narrow.token(request, rules), True
    except narrow.NotAllowed as error:
        if config.get('user_token'):
            return _Own(request.user.token), False
        LOG.warning('Keystone gives user %(user)s no application credential: '
                    '%(why)s',
                    {'user': request.user.id, 'why': error.__cause__})
        raise utils.AjaxError(403, _(
            'Keystone does not let you make application credentials, from '
            'which this page gets its access to Zaqar. Your administrator can '
            'allow them, or set user_token in ZAQAR_WEB_HORIZON.'))


class _Own:
    """The user's own token, in the terms of a new one."""

    def __init__(self, token):
        self.auth_token = token.id
        self.expires = token.expires


def _seconds_until(time):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (time - now).total_seconds()


def discard_at_logout(sender, request, user, **kwargs):
    """Ends what pages of this session were given, as far as Zaqar asks Keystone again."""
    if request is None or not request.session.get(GIVEN):
        return
    try:
        narrow.discard(request)
    except Exception:
        # They end by themselves in a few minutes; nobody must be kept from
        # logging out.
        LOG.exception('The tokens of Zaqar pages could not be removed.')
