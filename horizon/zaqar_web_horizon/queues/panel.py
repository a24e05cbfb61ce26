from django.utils.translation import gettext_lazy as _
import horizon


class Queues(horizon.Panel):
    name = _('Queues')
    # Not `queues`: that is the one of zaqar-ui, which may be there, too.
    slug = 'message_queues'
    permissions = ('openstack.services.messaging',)
