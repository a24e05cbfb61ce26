from django.apps import AppConfig


class ZaqarWebConfig(AppConfig):
    name = 'zaqar_web_horizon'

    def ready(self):
        from zaqar_web_horizon import lifetime
        # Importing it registers its addresses with Horizon's REST API.
        from zaqar_web_horizon import rest  # noqa: F401
        lifetime.connect()
