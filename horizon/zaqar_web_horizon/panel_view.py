from django.conf import settings
from horizon import views

from zaqar_web_horizon import __version__


class PanelView(views.HorizonTemplateView):
    """A page that is a place for a module script; what the script needs is in the place's attributes."""

    template_name = 'zaqar_web_horizon/panel.html'
    # The module, and the address of its hand-over below Horizon's api/.
    script = None
    handover = None

    def get_context_data(self, **kwargs):
        files = f'zaqar_web_horizon/{__version__}'
        return super().get_context_data(
            **kwargs, script=f'{files}/{self.script}',
            stylesheet=f'{files}/panel.css', handover=self.handover,
            csrf_in_page=_is_cookie_kept_from_scripts())


def _is_cookie_kept_from_scripts():
    """Otherwise the cookie is the better source: it is the one of now, also when somebody has logged in anew elsewhere."""
    return (settings.CSRF_USE_SESSIONS or settings.CSRF_COOKIE_HTTPONLY
            or settings.CSRF_COOKIE_NAME != 'csrftoken')
