"""Sites and prefixes."""

from django_filters import rest_framework as filters

from inventory.api.fields import ModelSerializer
from inventory.api.filters import equal
from inventory.api.viewsets import Editable
from inventory.models import Prefix, Site


class SiteSerializer(ModelSerializer):
    class Meta:
        model = Site
        fields = ["id", "name", "slug", "description"]


class SiteFilter(filters.FilterSet):
    class Meta:
        model = Site
        fields = equal("name", "slug")


class SiteViewSet(Editable):
    queryset = Site.objects.all()
    serializer_class = SiteSerializer
    filterset_class = SiteFilter
    search_fields = ["name", "slug", "description"]
    ordering_fields = ["id", "name", "slug"]
    ordering = ["name"]


class PrefixSerializer(ModelSerializer):
    class Meta:
        model = Prefix
        fields = ["id", "prefix", "site", "excluded", "auto_approve", "ssh_credential", "description"]


class PrefixFilter(filters.FilterSet):
    site = filters.NumberFilter(field_name="site_id")
    ssh_credential = filters.NumberFilter(field_name="ssh_credential_id")

    class Meta:
        model = Prefix
        fields = equal("prefix", "excluded", "auto_approve")


class PrefixViewSet(Editable):
    """The networks NetManager may touch, and those it must not."""

    queryset = Prefix.objects.all()
    serializer_class = PrefixSerializer
    filterset_class = PrefixFilter
    search_fields = ["prefix", "description"]
    ordering_fields = ["id", "prefix"]
    ordering = ["prefix"]
