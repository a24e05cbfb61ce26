"""Each text that the panels mark for translation is one that Babel finds."""

from pathlib import Path
import re
import unittest

from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

HORIZON = Path(__file__).parents[1]
MODULES = [HORIZON / 'panel', HORIZON.parent / 'ui']


def found_by_babel(folder):
    with open(HORIZON / 'babel-djangojs.cfg') as file:
        methods, options = parse_mapping_cfg(file)
    for name, _, text, _, _ in extract_from_dir(str(folder), methods, options):
        yield name, text if isinstance(text, str) else text[0]


def calls(code):
    """What all calls of gettext and ngettext begin with."""
    code = re.sub(r'^\s*(//|/?\*).*$', '', code, flags=re.MULTILINE)
    return re.findall(r'(?<!function )(?<![.\w])n?gettext\(\s*(?=(.{1,20}))', code)


class TextsTest(unittest.TestCase):
    def test_babel_finds_as_many_as_there_are_calls(self):
        for folder in MODULES:
            texts = list(found_by_babel(folder))
            for path in folder.rglob('*.js'):
                name = str(path.relative_to(folder))
                with self.subTest(name):
                    self.assertEqual(len([text for file, text in texts if file == name]), len(calls(path.read_text())))

    def test_none_is_put_together_from_parts(self):
        for folder in MODULES:
            for path in folder.rglob('*.js'):
                for beginning in calls(path.read_text()):
                    self.assertTrue(beginning.startswith("'"), f'{path}: {beginning}')
