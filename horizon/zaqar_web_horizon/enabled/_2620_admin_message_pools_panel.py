PANEL = 'message_pools'
PANEL_GROUP = 'messaging'
PANEL_DASHBOARD = 'admin'
ADD_PANEL = 'zaqar_web_horizon.pools.panel.Pools'
