"""The admin site's frame: sidebar, badge and home page."""
