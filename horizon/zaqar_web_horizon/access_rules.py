"""What the tokens that are handed to pages may do: the requests that the panels make, and no other.

Keystone calls this access rules of an application credential; Zaqar's keystonemiddleware holds requests against them. In
a path ``*`` stands for one segment. The actions behind the requests are in src/protocol/exchange.rs of zaqar-web.
"""


def _rules(text):
    return [{'service': 'messaging', 'method': method, 'path': path}
            for line in text.split('\n') if line
            for path, *methods in [line.split()]
            for method in methods]


# What the socket shows of itself when it authenticates is POST /. The rest is for times without a socket, for what
# Zaqar does over REST only (metadata), and PING for a sign of life.
QUEUES = _rules("""
/ POST
/v2/ping GET
/v2/queues GET
/v2/queues/* GET PUT PATCH DELETE
/v2/queues/*/stats GET
/v2/queues/*/purge POST
/v2/queues/*/messages GET POST DELETE
/v2/queues/*/messages/* GET DELETE
/v2/queues/*/claims POST
/v2/queues/*/claims/* GET PATCH DELETE
/v2/queues/*/subscriptions GET
/v2/queues/*/subscriptions/* GET DELETE
""")

# The same without a socket. POST / opens all actions of the socket, those included that the lists here leave out.
POLLING = [rule for rule in QUEUES if rule['path'] != '/']

# What is made with these outlives the token, and a logout; a page gets each for the moment in which it needs it.
SHARE = _rules("""
/v2/ping GET
/v2/queues/*/share POST
""")
SUBSCRIBE = _rules("""
/v2/ping GET
/v2/queues/*/subscriptions POST
/v2/queues/*/subscriptions/* PATCH
""")

# Pools and flavors are on REST only, and for administrators only.
POOLS = _rules("""
/v2/ping GET
/v2/pools GET
/v2/pools/* GET PUT PATCH DELETE
/v2/flavors GET
/v2/flavors/* GET PUT PATCH DELETE
""")

PURPOSES = {'queues': QUEUES, 'polling': POLLING, 'share': SHARE,
            'subscribe': SUBSCRIBE, 'pools': POOLS}
