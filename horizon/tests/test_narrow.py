from types import SimpleNamespace
import unittest

from keystoneauth1 import exceptions

from zaqar_web_horizon import narrow

OF_POLICY = [
    'You are not authorized to perform the requested action: identity:create_application_credential.',
    'You are not authorized to perform the requested action: identity:list_application_credentials.',
    # In another language, and with insecure_debug.
    'Sie sind nicht berechtigt, die angeforderte Aktion auszuführen: identity:create_application_credential. (…)',
]
OF_OTHERS = [
    'Unable to create additional application credentials, maximum of 10 already exceeded for user.',
    "You are not authorized to perform the requested action: Using method 'application_credential' is not allowed for managing "
    'additional application credentials.',
    'Cannot manage application credentials with a token issued via delegation.',
    'You are not authorized to perform the requested action: identity:get_user.',
    'Forbidden', None,
]


def refused(error):
    try:
        raise narrow.NotAllowed() from error
    except narrow.NotAllowed as told:
        return told


class NotAllowedTest(unittest.TestCase):
    def test_is_by_policy_if_keystone_names_the_action_that_it_refuses(self):
        for message in OF_POLICY:
            self.assertTrue(refused(exceptions.Forbidden(message)).by_policy, message)

    def test_is_not_by_policy_for_any_other_answer(self):
        for message in OF_OTHERS:
            self.assertFalse(refused(exceptions.Forbidden(message)).by_policy, message)
        for error in (exceptions.BadRequest, exceptions.NotFound, exceptions.HttpNotImplemented):
            self.assertFalse(refused(error(OF_POLICY[0])).by_policy, error)


class SessionTest(unittest.TestCase):
    def test_keeps_what_its_credentials_are_derived_from(self):
        request = SimpleNamespace(session={})
        seed = narrow.begin(request)
        self.assertEqual([narrow.begin(request), request.session], [seed, {narrow.SEED: seed}])
        self.assertNotEqual(seed, narrow.begin(SimpleNamespace(session={})))
