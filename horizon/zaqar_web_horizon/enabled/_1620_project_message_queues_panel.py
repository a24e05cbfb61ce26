PANEL = 'message_queues'
PANEL_GROUP = 'messaging'
PANEL_DASHBOARD = 'project'
ADD_PANEL = 'zaqar_web_horizon.queues.panel.Queues'
# No ADD_JS_FILES and no AUTO_DISCOVER_STATIC_FILES: Horizon makes one classic
# script of what they name, and a module in it ends every page.
ADD_INSTALLED_APPS = ['zaqar_web_horizon']
