"""Each language that the plugin ships has all texts, in its plural forms, with the same values in them."""

import importlib.util
from pathlib import Path
import re
import unittest

import horizon
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
HORIZONS = Path(horizon.__file__).parent / 'locale'
LANGUAGES = ['de', 'fr', 'ja', 'ko_KR', 'zh_Hans']

_spec = importlib.util.spec_from_file_location('catalogs', ROOT / 'scripts' / 'horizon' / 'catalogs.py')
catalogs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(catalogs)


def values(text):
    return set(re.findall(r'%\(\w+\)s', text))


def forms(text):
    return [text] if isinstance(text, str) else list(text)


class TranslationsTest(unittest.TestCase):
    def each(self):
        for language in LANGUAGES:
            for domain in catalogs.MODULES:
                with self.subTest(f'{language}, {domain}'):
                    yield language, domain, catalogs.read(catalogs.LOCALE / language / 'LC_MESSAGES' / f'{domain}.po')

    def test_the_languages_are_those_that_are_told(self):
        self.assertEqual(sorted(path.name for path in catalogs.LOCALE.iterdir()), LANGUAGES)

    def test_all_texts_are_translated_and_no_others(self):
        for _, domain, catalog in self.each():
            wanted = {message.id for message in catalogs.texts(domain) if message.id}
            self.assertEqual({message.id for message in catalog if message.id}, wanted)
            self.assertEqual([message.id for message in catalog if message.id and not all(forms(message.string))], [])
            self.assertEqual([message.id for message in catalog if message.fuzzy and message.id], [])

    def test_the_plural_forms_are_those_of_horizon_itself(self):
        for language, _, catalog in self.each():
            with open(HORIZONS / language / 'LC_MESSAGES' / 'django.po', 'rb') as file:
                self.assertEqual(catalog.plural_forms, read_po(file).plural_forms)
            for message in catalog:
                if message.pluralizable:
                    self.assertEqual(len(message.string), catalog.num_plurals, message.id)

    def test_each_form_has_the_values_of_the_text(self):
        for _, _, catalog in self.each():
            for message in catalog:
                if not message.id:
                    continue
                all_values = set().union(*map(values, forms(message.id)))
                always = set.intersection(*map(values, forms(message.id)))
                for text in forms(message.string):
                    self.assertLessEqual(values(text), all_values, message.id)
                    self.assertLessEqual(always, values(text), message.id)
