from django.utils.translation import gettext_lazy as _

PANEL_GROUP = 'messaging'
PANEL_GROUP_NAME = _('Messaging')
PANEL_GROUP_DASHBOARD = 'project'
