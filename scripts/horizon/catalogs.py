"""catalogs.py compile | update: the translations of the plugin, in horizon/zaqar_web_horizon/locale.

compile makes the .mo file beside each .po file that is newer; update brings the .po files up to date with the texts in the
sources: what is new comes in without a translation, what is gone goes.
"""

import os
from pathlib import Path
import sys
import tempfile

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.messages.pofile import write_po

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / 'horizon' / 'zaqar_web_horizon'
LOCALE = PLUGIN / 'locale'
# The domain of what pages say is extracted from JavaScript, that of titles and refusals from Python.
MODULES = {'djangojs': [ROOT / 'horizon' / 'panel', ROOT / 'ui'], 'django': [PLUGIN]}


def compile_all():
    for po in LOCALE.glob('*/LC_MESSAGES/*.po'):
        mo = po.with_suffix('.mo')
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            write(mo, write_mo, read(po))


def update_all():
    for po in LOCALE.glob('*/LC_MESSAGES/*.po'):
        catalog = read(po)
        catalog.update(texts(po.stem), no_fuzzy_matching=True, update_creation_date=False)
        write(po, write_po, catalog, no_location=True, ignore_obsolete=True, width=0)


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


def write(path, writer, catalog, **options):
    """Made aside and moved: a Horizon that runs finds all of it or the one before."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        writer(file, catalog, **options)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


if __name__ == '__main__':
    {'compile': compile_all, 'update': update_all}[sys.argv[1]]()
