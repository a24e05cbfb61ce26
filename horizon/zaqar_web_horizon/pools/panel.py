from django.utils.translation import gettext_lazy as _
import horizon


class Pools(horizon.Panel):
    name = _('Pools and flavors')
    slug = 'message_pools'
    permissions = ('openstack.roles.admin', 'openstack.services.messaging')
