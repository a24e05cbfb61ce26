"""server.py PARENT_PID CONFIG GC_SECONDS PART...: Zaqar's servers, as many as asked for, in one process.

PART is `websocket` or `rest`. Both in one process need half the memory and one start (the demo); one each lets a test
end the one while the other goes on. They share nothing but Redis, so either way they behave the same.
"""

import asyncio
import sys
import threading
import time

from oslo_config import cfg
from oslo_log import log
import waitress
from zaqar import bootstrap
from zaqar.storage.redis import messages as redis_messages
from zaqar.storage.redis import utils as redis_utils

from lifetime import end_with


def load(config, transport):
    """A server of its own configuration: Zaqar reads `transport` from it, and both parts use one file."""
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    conf(['--config-file', config], project='zaqar', prog='zaqar')
    server = bootstrap.Bootstrap(conf)
    conf.set_override('transport', transport, group='drivers')
    return conf, server


def serve_rest(conf, server):
    # Zaqar's own `listen` is wsgiref: HTTP/1.0, one request at a time, no keep-alive. No operator runs that.
    bind = conf['drivers:transport:wsgi']
    app = server.transport.app
    threading.Thread(
        daemon=True, target=waitress.serve, args=(app,),
        kwargs={'host': bind.bind, 'port': bind.port, 'threads': 8, 'ident': None}).start()


def collect_garbage(server, seconds):
    """What `zaqar-gc` means to do and does not: 23.0.1 calls gc() on the pipeline, which does not pass it on to the
    Redis driver. Without it expired messages are counted for ever, an expired claim makes `queue_get_stats` a 500, and
    REST answers 503 to /stats once a queue's newest message has expired."""
    while True:
        time.sleep(seconds)
        try:
            for store in message_stores(server.storage._storage):
                store.gc()
        except Exception as error:  # Redis may be restarting; the next round finds it
            print('garbage collection:', error, file=sys.stderr, flush=True)


def message_stores(driver):
    """The driver, or those of its pools."""
    catalog = getattr(driver, '_pool_catalog', None)
    if not catalog:
        return [driver]
    names = [pool['name'] for pool in next(catalog._pools_ctrl.list(limit=0))]
    stores = [catalog.get_driver(name)._storage for name in names]
    for store in stores:
        # A pool does not hear of its queues, so that its gc() would know of none.
        for key in store.connection.scan_iter(f'*.{redis_utils.MESSAGE_IDS_SUFFIX}'):
            store.connection.zadd(redis_messages.MSGSET_INDEX_KEY, {key: 1})
    return stores


def main():
    parent, config, gc_seconds, *parts = sys.argv[1:]
    end_with(int(parent))
    # Zaqar asks for "the" event loop, which newer Pythons no longer make unasked.
    asyncio.set_event_loop(asyncio.new_event_loop())
    servers = {part: load(config, {'rest': 'wsgi'}.get(part, part)) for part in parts}
    log.setup(next(iter(servers.values()))[0], 'zaqar')

    if 'rest' in servers:
        serve_rest(*servers['rest'])
    if float(gc_seconds):
        threading.Thread(
            daemon=True, target=collect_garbage, args=(next(iter(servers.values()))[1], float(gc_seconds))).start()
    if 'websocket' in servers:
        servers['websocket'][1].run()
    threading.Event().wait()


main()
