"""What the tokens that are handed to pages may do: the requests that the panels make, and no other.

Keystone calls this access rules of an application credential; Zaqar's keystonemiddleware holds requests against them. In
a path ``*`` stands for one segment. The actions behind the requests are listed in js/actions.ts of zaqar-web.
"""


def _rules(text):
    return [{'service': 'messaging', 'method': method, 'path': path}
            for line in text.split('\n') if line
            for path, *methods in [line.split()]
            for method in methods]


# What the socket shows of itself when it authenticates is POST /. The rest is for times without a socket, for what
# Zaqar does over REST only (metadata, signed URLs, changed subscriptions), and PING for a sign of life.
QUEUES = _rules("""
/ POST
/v2/ping GET
/v2/queues GET
/v2/queues/* GET PUT PATCH DELETE
/v2/queues/*/stats GET
/v2/queues/*/purge POST
/v2/queues/*/share POST
/v2/queues/*/messages GET POST DELETE
/v2/queues/*/messages/* GET DELETE
/v2/queues/*/claims POST
/v2/queues/*/claims/* GET PATCH DELETE
/v2/queues/*/subscriptions GET POST
/v2/queues/*/subscriptions/* GET PATCH DELETE
""")

# Pools and flavors are on REST only, and for administrators only.
POOLS = _rules("""
/v2/ping GET
/v2/pools GET
/v2/pools/* GET PUT PATCH DELETE
/v2/flavors GET
/v2/flavors/* GET PUT PATCH DELETE
""")

PURPOSES = {'queues': QUEUES, 'pools': POOLS}
