"""Brings the .po files of the plugin, horizon/zaqar_web_horizon/locale, up to date with the texts in its sources.

What is new comes in without a translation, what is gone goes.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from babel.messages.pofile import write_po

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / 'horizon' / 'zaqar_web_horizon'
LOCALE = PLUGIN / 'locale'
# The domain of what pages say is extracted from JavaScript, that of titles and refusals from Python.
MODULES = {'djangojs': [ROOT / 'horizon' / 'panel', ROOT / 'ui'], 'django': [PLUGIN]}


def update_all():
    for po in LOCALE.glob('*/LC_MESSAGES/*.po'):
        catalog = read(po)
        catalog.update(texts(po.stem), no_fuzzy_matching=True, update_creation_date=False)
        with open(po, 'wb') as file:
            write_po(file, catalog, no_location=True, ignore_obsolete=True, width=0)


def texts(domain):
    """A catalog of all texts of a domain, without translations."""
    catalog = Catalog()
    for folder in MODULES[domain]:
        for _, _, text, _, _ in extract_from_dir(str(folder), *how(domain), keywords=KEYWORDS):
            catalog.add(text)
    return catalog


KEYWORDS = {'gettext': None, 'ngettext': (1, 2), '_': None}


def how(domain):
    if domain == 'django':
        return [('**.py', 'python')], {}
    with open(ROOT / 'horizon' / 'babel-djangojs.cfg') as file:
        return parse_mapping_cfg(file)


def read(po):
    with open(po, 'rb') as file:
        return read_po(file, locale=po.parts[-3], domain=po.stem)


if __name__ == '__main__':
    update_all()
