"""make_pools.py STORE NAME URI: a store of pools at the database STORE, with one pool in it.

`zaqar-sql-db-manage upgrade head` would be the operator's way; it stops at a statement that only MySQL knows. The first pool
is needed at once: without any, every queue is a 503.
"""

import sys

import sqlalchemy
from zaqar.storage.sqlalchemy import tables

store, name, uri = sys.argv[1:]
engine = sqlalchemy.create_engine(store)
tables.metadata.create_all(engine)
with engine.begin() as connection:
    connection.execute(tables.Pools.insert().values(name=name, uri=uri, weight=100, options='{}'))
