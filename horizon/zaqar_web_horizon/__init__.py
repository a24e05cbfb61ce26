"""Panels of Horizon for Zaqar, which work over a WebSocket from the page to Zaqar itself."""

# The client and its panels lie in a static folder of this name, so that browsers never mix two versions.
__version__ = '0.1.0'
