from types import SimpleNamespace
import unittest

from django.test import override_settings

from zaqar_web_horizon.endpoints import endpoints


def service(service_type, **urls):
    """One of a catalog; `urls` by region."""
    return {'type': service_type, 'endpoints': [
        {'interface': interface, 'region': region, 'region_id': region, 'url': f'{url}/{interface}'}
        for region, url in urls.items() for interface in ('internal', 'public')]}


def request(*catalog):
    return SimpleNamespace(user=SimpleNamespace(service_catalog=list(catalog), services_region='north'))


MESSAGING = service('messaging', south='https://south', north='https://north')
WEBSOCKET = service('messaging-websocket', north='wss://north')


class EndpointsTest(unittest.TestCase):
    def test_are_the_public_ones_of_the_region_that_the_user_is_in(self):
        self.assertEqual(endpoints(request(MESSAGING, WEBSOCKET), 'websocket', 'rest'),
                         {'websocket': 'wss://north/public', 'rest': 'https://north/public'})

    def test_leave_out_what_the_catalog_does_not_have(self):
        self.assertEqual(endpoints(request(MESSAGING), 'websocket', 'rest'), {'rest': 'https://north/public'})
        self.assertEqual(endpoints(request(), 'websocket', 'rest'), {})

    def test_lose_the_version_and_the_slash_at_their_end(self):
        for url in ('https://zaqar.example', 'https://zaqar.example/', 'https://zaqar.example/v2', 'https://zaqar.example/v2/'):
            with override_settings(ZAQAR_WEB_HORIZON={'rest': url}):
                self.assertEqual(endpoints(request(), 'rest'), {'rest': 'https://zaqar.example'})

    @override_settings(ZAQAR_WEB_HORIZON={'websocket': 'wss://one.example/ws', 'rest': 'https://one.example'})
    def test_are_those_of_the_settings_where_there_are_any(self):
        self.assertEqual(endpoints(request(MESSAGING, WEBSOCKET), 'websocket', 'rest'),
                         {'websocket': 'wss://one.example/ws', 'rest': 'https://one.example'})

    @override_settings(ZAQAR_WEB_HORIZON={'websocket': False})
    def test_are_without_the_one_that_the_settings_take_away(self):
        self.assertEqual(endpoints(request(MESSAGING, WEBSOCKET), 'websocket', 'rest'), {'rest': 'https://north/public'})
