"""Tokens for the page: short-lived, good for one project's Zaqar and for nothing else.

Each is the token of an application credential of the user, which ends in a few minutes and whose access rules list what
the panel asks of Zaqar. A session has one credential for each panel, and all its pages get their tokens from it until it
is about to end. Its secret is derived from the session, so that several pages and processes that ask at once need not
tell each other: Keystone lets one of them make it.

Keystone keeps credentials that have ended, and access rules that no credential has any more. Each hand-over removes them.
"""

import base64
import datetime
import logging
import re
import secrets

from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime
from horizon import exceptions as horizon_exceptions
from keystoneauth1 import exceptions
from keystoneauth1.identity import v3
from openstack_auth import utils as auth_utils
from openstack_dashboard import api

from zaqar_web_horizon import access_rules

LOG = logging.getLogger(__name__)

# These tell our credentials from the user's own.
PREFIX = 'zaqar-web-horizon-'
DESCRIPTION = 'For a page of Horizon that works with Zaqar.'
NAME = re.compile(PREFIX + r'(?P<purpose>[a-z]+)-(?P<session>[0-9a-f]{16})'
                  r'-(?P<number>\d+)$')

# In the session: what names and secrets of its credentials are derived from.
SEED = 'zaqar_web_horizon_seed'

# A page asks for another token 30 s before the end of the one that it has.
SPARE_SECONDS = 60

# How often another page or process may be faster.
ATTEMPTS = 6


class Busy(Exception):
    """Others have been faster again and again."""


class NotAllowed(Exception):
    """Keystone makes this user no application credential."""

    @property
    def by_policy(self):
        """Whether its policy says so, and not a limit or the kind of login.

        Keystone names the action that its policy refuses, in all languages.
        """
        error = self.__cause__
        return isinstance(error, exceptions.Forbidden) and bool(re.search(
            r'\bidentity:(create|list)_application_credentials?\b',
            error.message or ''))


def begin(request):
    """Gives the session what its credentials are derived from: at login, before its pages can ask side by side."""
    return request.session.setdefault(SEED, secrets.token_hex(16))


def token(request, purpose, seconds):
    """One for a purpose of ``access_rules``, as a ``keystoneauth1`` access info; it ends within `seconds`."""
    try:
        return _Session(request).token(purpose, seconds)
    except (exceptions.Forbidden, exceptions.BadRequest,
            exceptions.NotFound, exceptions.HttpNotImplemented) as error:
        # By policy, by limit, for who has logged in with an application
        # credential, or by a federation that does not keep its users' roles.
        raise NotAllowed() from error


def end(request):
    """Ends the tokens of the session, and removes what earlier ones have left."""
    _Session(request).end()
    del request.session[SEED]


class _Session:
    """The application credentials of one session of Horizon."""

    def __init__(self, request):
        self._request = request
        self._seed = begin(request)
        self._tag = self._derived('name').hex()[:16]

    def token(self, purpose, seconds):
        rules = access_rules.PURPOSES[purpose]
        refused = set()
        for _ in range(ATTEMPTS):
            known = self._known()
            ours = [each for each in known if self._is_for(each, purpose)]
            found = self._lasting(ours, refused, rules, seconds)
            try:
                credential = found or self._make(purpose, ours, rules, seconds)
                access = self._log_in(credential)
            except (exceptions.Conflict, horizon_exceptions.Conflict):
                continue  # another page or process was faster
            except (exceptions.Unauthorized, exceptions.NotFound):
                if not found:
                    raise
                refused.add(found['id'])  # somebody has just deleted it
                continue
            self._tidy([*known, credential], lambda each: (
                self._owns(each) and each['id'] != credential['id']
                and (self._is_for(each, purpose) or self._is_elsewhere(each))))
            return access
        raise Busy()

    def end(self):
        self._tidy(self._known(), self._owns)

    def _known(self):
        """All application credentials of the user."""
        return [each.to_dict() for each in
                api.keystone.application_credential_list(self._request,
                                                         filters={})]

    def _lasting(self, credentials, refused, rules, seconds):
        """The one that a page can still get a token from; None if a new one would live longer."""
        spare = datetime.timedelta(seconds=min(SPARE_SECONDS, seconds / 2))
        needed = min(_now() + spare, self._request.user.token.expires)
        usable = [each for each in credentials
                  if each['id'] not in refused
                  and not self._is_elsewhere(each)
                  and _time(each['expires_at']) >= needed
                  and _keys(each.get('access_rules', [])) == _keys(rules)]
        return max(usable, key=lambda each: each['expires_at'], default=None)

    def _make(self, purpose, earlier, rules, seconds):
        number = max((int(NAME.match(each['name'])['number'])
                      for each in earlier), default=0) + 1
        name = f'{PREFIX}{purpose}-{self._tag}-{number}'
        # Never later than the session's own token.
        ends = min(_now() + datetime.timedelta(seconds=seconds),
                   self._request.user.token.expires)
        return api.keystone.application_credential_create(
            self._request, name, secret=self._secret(name),
            description=DESCRIPTION, expires_at=ends,
            access_rules=rules).to_dict()

    def _log_in(self, credential):
        url, _ = auth_utils.fix_auth_url_version_prefix(
            self._request.user.endpoint)
        auth = v3.ApplicationCredential(
            auth_url=url, application_credential_id=credential['id'],
            application_credential_secret=self._secret(credential['name']))
        return auth.get_access(auth_utils.get_session())

    def _secret(self, name):
        # Keystone's hashes may look at 54 characters only.
        return base64.urlsafe_b64encode(self._derived('secret', name)).decode()

    def _derived(self, *words):
        return salted_hmac(__name__, ' '.join([self._seed, *words]),
                           algorithm='sha256').digest()

    def _owns(self, credential):
        name = NAME.match(credential['name'])
        return (_is_made_here(credential) and bool(name)
                and name['session'] == self._tag)

    def _is_for(self, credential, purpose):
        return (self._owns(credential)
                and NAME.match(credential['name'])['purpose'] == purpose)

    def _is_elsewhere(self, credential):
        """Whether it is for a project that the session has left."""
        return credential['project_id'] != self._request.user.project_id

    def _tidy(self, credentials, is_superfluous):
        """Removes what has ended or is superfluous, and the access rules that are left over."""
        used = set()
        for each in credentials:
            if _is_made_here(each) and (is_superfluous(each) or _has_ended(each)):
                self._attempt(api.keystone.application_credential_delete,
                              self._request, each['id'])
            else:
                used |= {rule['id'] for rule in each.get('access_rules', [])}
        self._attempt(self._tidy_rules, used)

    def _tidy_rules(self, used):
        """A user's rule is there once, whichever credentials have it, and stays when they are gone."""
        user = self._request.user.id
        rules = api.keystone.keystoneclient(
            self._request, force_scoped=True).access_rules
        for rule in rules.list(user=user):
            if rule.id not in used and _key(rule.to_dict()) in OUR_RULES:
                self._attempt(rules.delete, rule.id, user)

    def _attempt(self, act, *arguments):
        """What cannot be removed keeps nobody from working: it is tried again the next time."""
        try:
            act(*arguments)
        except exceptions.NotFound:
            pass  # another page of the same user was faster
        except exceptions.ClientException as error:
            LOG.warning('Keystone does not let user %(user)s clean up: '
                        '%(why)s',
                        {'user': self._request.user.id, 'why': error})


def _is_made_here(credential):
    """A user's own may have our prefix, or live for ever."""
    return (credential['name'].startswith(PREFIX)
            and credential['description'] == DESCRIPTION
            and credential['expires_at'] is not None)


def _has_ended(credential):
    return _time(credential['expires_at']) < _now()


def _key(rule):
    return rule['service'], rule['method'], rule['path']


def _keys(rules):
    return {_key(rule) for rule in rules}


OUR_RULES = {_key(rule) for rules in access_rules.PURPOSES.values()
             for rule in rules}


def _time(text):
    # Keystone writes UTC without a sign of a zone.
    return parse_datetime(text).replace(tzinfo=datetime.timezone.utc)


def _now():
    return datetime.datetime.now(datetime.timezone.utc)
