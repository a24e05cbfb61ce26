from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out


class ZaqarWebConfig(AppConfig):
    name = 'zaqar_web_horizon'

    def ready(self):
        # Importing it registers its addresses with Horizon's REST API.
        from zaqar_web_horizon import rest
        user_logged_out.connect(rest.discard_at_logout)
