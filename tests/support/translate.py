"""translate.py MODULES CONFIG LOCALE_FOLDER LANGUAGE TRANSLATIONS: a translator's work, in short.

Extracts the texts of the panel's MODULES as Babel is told by CONFIG, translates those of TRANSLATIONS (JSON), and compiles them
into LOCALE_FOLDER, where Django looks for them. Prints how many texts there are.
"""

import json
from pathlib import Path
import sys

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo

modules, config, locale_folder, language, translations = sys.argv[1:]
translations = json.loads(translations)

with open(config) as file:
    method_map, options_map = parse_mapping_cfg(file)
catalog = Catalog(locale=language, domain='djangojs')
for _, _, text, _, _ in extract_from_dir(modules, method_map, options_map):
    catalog.add(text, translations.get(text if isinstance(text, str) else text[0], ''))

folder = Path(locale_folder, language, 'LC_MESSAGES')
folder.mkdir(parents=True)
with open(folder / 'djangojs.mo', 'wb') as file:
    write_mo(file, catalog)
print(len(catalog))
