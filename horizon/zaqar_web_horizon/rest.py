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

from zaqar_web_horizon import config
from zaqar_web_horizon.endpoints import endpoints
from zaqar_web_horizon import lifetime
from zaqar_web_horizon import narrow

LOG = logging.getLogger(__name__)

# What lasts is made at once, with a token that is asked for at that moment.
MOMENT_SECONDS = 60
# The settings that say how long it may last.
LIMITS = {'share': 'signed_url_seconds', 'subscribe': 'subscription_seconds'}


@urls.register
class Queues(generic.View):
    """For the panel of the project."""
    url_regex = r'zaqar-web/queues/$'

    @utils.ajax()
    def post(self, request):
        found = _endpoints(request, 'websocket', 'rest')
        return _answer(
            _token(request, 'queues' if 'websocket' in found else 'polling',
                   config.get('token_seconds')),
            **found,
            **_project(request),
            signedUrlSeconds=config.get('signed_url_seconds'),
            subscriptionSeconds=config.get('subscription_seconds'))


@urls.register
class Lasting(generic.View):
    """For the moment in which the panel makes something that lasts: a signed URL, or a subscription."""
    url_regex = r'zaqar-web/queues/(?P<purpose>share|subscribe)/$'

    @utils.ajax(data_required=True)
    def post(self, request, purpose):
        _check_seconds(request.DATA.get('seconds'), config.get(LIMITS[purpose]))
        LOG.info('User %(user)s gets a token to %(purpose)s in project '
                 '%(project)s.',
                 {'user': request.user.id, 'purpose': purpose,
                  'project': request.user.project_id})
        return _answer(_token(request, purpose, MOMENT_SECONDS),
                       **_project(request))


@urls.register
class Pools(generic.View):
    """For the panel of administrators."""
    url_regex = r'zaqar-web/pools/$'

    @utils.ajax()
    def post(self, request):
        if not request.user.is_superuser:
            raise utils.AjaxError(403, _(
                'Pools and flavors are for administrators.'))
        found = _endpoints(request, 'rest')
        return _answer(
            _token(request, 'pools', config.get('token_seconds')),
            **found,
            **_project(request))


def _endpoints(request, *names):
    found = endpoints(request, *names)
    if not found:
        raise utils.AjaxError(503, _(
            'The service catalog does not tell where Zaqar is.'))
    return found


def _project(request):
    return {'projectId': request.user.project_id,
            'projectName': request.user.project_name}


def _check_seconds(wanted, most):
    """Zaqar itself has no limit for what lasts: a script that lies here gets what it wants."""
    if type(wanted) is not int or not 0 < wanted <= most:
        raise utils.AjaxError(400, _(
            'The settings of Horizon allow at most %(most)s seconds.') % {
                'most': most})


def _answer(token, **rest):
    response = utils.JSONResponse({
        **rest,
        'token': token.auth_token,
        # For the page, whose clock may be wrong; Keystone's is ours.
        'expiresIn': _seconds_until(token.expires),
        'expiresAt': token.expires.isoformat(),
        'narrow': not isinstance(token, _Own),
    })
    response['Cache-Control'] = 'no-store'
    return response


def _token(request, purpose, seconds):
    lifetime.note(request)
    try:
        return narrow.token(request, purpose, seconds)
    except narrow.Busy:
        raise utils.AjaxError(503, _(
            'Too many pages ask for a token at the same time.'))
    except narrow.NotAllowed as error:
        return _instead(request, error)


def _instead(request, error):
    """What there is without an application credential."""
    facts = {'user': request.user.id, 'why': error.__cause__}
    if not error.by_policy:
        LOG.warning('Keystone has made no application credential for user '
                    '%(user)s: %(why)s', facts)
        raise utils.AjaxError(403, _(
            'Keystone has made no application credential, from which this '
            'page gets its access to Zaqar: %(why)s') % facts)
    if not config.get('user_token'):
        LOG.warning('Keystone allows user %(user)s no application '
                    'credentials: %(why)s', facts)
        raise utils.AjaxError(403, _(
            'Keystone does not let you make application credentials, from '
            'which this page gets its access to Zaqar. Your administrator can '
            'allow them, or set user_token in ZAQAR_WEB_HORIZON.'))
    LOG.warning('By user_token a page gets the own token of user %(user)s, '
                'to whom Keystone allows no application credentials: %(why)s',
                facts)
    return _Own(request.user.token)


class _Own:
    """The user's own token, in the terms of a new one."""

    def __init__(self, token):
        self.auth_token = token.id
        self.expires = token.expires


def _seconds_until(time):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (time - now).total_seconds()
