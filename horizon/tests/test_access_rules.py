"""The rules are the requests of the client: src/protocol/exchange.rs has one call for each, `get(&["queues", queue_name])`."""

from pathlib import Path
import re
import unittest

from zaqar_web_horizon import access_rules

EXCHANGES = Path(__file__).parents[2] / 'src' / 'protocol' / 'exchange.rs'
# What no panel asks.
UNUSED = {('GET', '/v2/health')}


def requests_of_the_client():
    for method, parts in re.findall(r'\b(get|put|post|patch|delete)\(&\[(.+?)\]\)', EXCHANGES.read_text()):
        path = [part.strip('"') if part.startswith('"') else '*' for part in parts.split(', ')]
        yield method.upper(), '/v2/' + '/'.join(path)


def pairs(rules):
    return [(rule['method'], rule['path']) for rule in rules]


class AccessRulesTest(unittest.TestCase):
    def test_all_together_may_do_what_the_client_can_ask_and_no_more(self):
        together = {pair for rules in access_rules.PURPOSES.values() for pair in pairs(rules)}
        self.assertEqual(together - {('POST', '/')}, set(requests_of_the_client()) - UNUSED)

    def test_what_makes_something_that_lasts_is_in_no_rules_that_a_panel_keeps(self):
        lasting = {('POST', '/v2/queues/*/share'), ('POST', '/v2/queues/*/subscriptions'),
                   ('PATCH', '/v2/queues/*/subscriptions/*')}
        for rules in (access_rules.QUEUES, access_rules.POLLING, access_rules.POOLS):
            self.assertFalse(lasting & set(pairs(rules)))

    def test_what_is_lent_for_a_moment_is_that_and_a_sign_of_life(self):
        ping = ('GET', '/v2/ping')
        self.assertEqual(set(pairs(access_rules.SHARE)), {ping, ('POST', '/v2/queues/*/share')})
        self.assertEqual(set(pairs(access_rules.SUBSCRIBE)), {
            ping, ('POST', '/v2/queues/*/subscriptions'), ('PATCH', '/v2/queues/*/subscriptions/*')})

    def test_nothing_of_pools_and_flavors_is_in_the_rules_for_queues(self):
        paths = [path for _, path in pairs(access_rules.QUEUES)]
        self.assertFalse([path for path in paths if 'pools' in path or 'flavors' in path])

    def test_nothing_of_queues_is_in_the_rules_for_pools(self):
        self.assertFalse([path for _, path in pairs(access_rules.POOLS) if 'queues' in path])

    def test_the_socket_is_for_queues_only(self):
        self.assertIn(('POST', '/'), pairs(access_rules.QUEUES))
        for rules in (access_rules.POLLING, access_rules.SHARE, access_rules.SUBSCRIBE, access_rules.POOLS):
            self.assertNotIn(('POST', '/'), pairs(rules))

    def test_no_rule_stands_twice_and_all_are_for_zaqar(self):
        for rules in access_rules.PURPOSES.values():
            self.assertEqual(len(pairs(rules)), len(set(pairs(rules))))
            self.assertEqual({rule['service'] for rule in rules}, {'messaging'})
