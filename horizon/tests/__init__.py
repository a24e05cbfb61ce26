"""Run by `npm test -- horizon`, in the environment of scripts/horizon. What needs a Keystone is in tests/e2e."""

import django

django.setup()
