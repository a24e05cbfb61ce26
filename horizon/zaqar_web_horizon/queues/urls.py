from django.urls import re_path
from django.utils.translation import gettext_lazy as _

from zaqar_web_horizon.panel_view import PanelView

urlpatterns = [
    re_path(r'^$', PanelView.as_view(
        page_title=_('Queues'), script='panel.js',
        handover='zaqar-web/queues/'), name='index'),
]
