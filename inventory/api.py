"""The inventory over REST."""

VIEWSETS: dict = {}
urlpatterns: list = []
