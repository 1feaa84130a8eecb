"""The inventory's admin pages, one noun a file. Devices themselves are registered by the jobs app, which knows what
work can be started on them.
"""

from inventory.admin import component, config_backup, credential, interface, link, site, tombstone

__all__ = ["component", "config_backup", "credential", "interface", "link", "site", "tombstone"]
