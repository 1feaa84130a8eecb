"""The inventory's admin pages, one noun a file. Devices and credentials are registered by the jobs app, which
knows what work can be started on them and what locks them.
"""

from inventory.admin import access, component, config_backup, firmware, host_key, interface, link, site, tombstone

__all__ = ["access", "component", "config_backup", "firmware", "host_key", "interface", "link", "site", "tombstone"]
