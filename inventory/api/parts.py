"""What belongs to devices: interfaces, VLANs, neighbours, links, components."""

from typing import Any

from django.db import transaction
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers

from inventory.api.fields import ModelSerializer
from inventory.api.filters import AddressFilter, NumberIn, equal
from inventory.api.viewsets import ReadOnly
from inventory.models import Component, Interface, Link, Neighbour, Vlan


class PartSerializer(ModelSerializer):
    """A row with the id and the name of its device."""

    device_name = serializers.CharField(source="device.name", read_only=True)


class PartFilter(filters.FilterSet):
    device = NumberIn(field_name="device_id", label="Ids of devices")
    site = NumberIn(field_name="device__site_id", label="Ids of sites")


def columns(serializer: type[PartSerializer]) -> list[str]:
    """The columns a list reads: the part's own and its device's name."""
    return [name.replace("device_name", "device__name") for name in serializer.Meta.fields]


class InterfaceSerializer(PartSerializer):
    tagged_vlans = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Interface
        fields = [
            "id",
            "device",
            "device_name",
            "name",
            "if_index",
            "description",
            "type",
            "enabled",
            "up",
            "mac_address",
            "mtu",
            "speed_kbps",
            "vrf",
            "mode",
            "untagged_vlan",
            "tagged_vlans",
        ]


class InterfaceFilter(PartFilter):
    mac_address = filters.CharFilter(lookup_expr="iexact")

    class Meta:
        model = Interface
        fields = equal("name", "if_index", "description", "type", "enabled", "up", "vrf", "mode", "untagged_vlan")


class InterfaceViewSet(ReadOnly):
    queryset = Interface.objects.select_related("device").only(*columns(InterfaceSerializer))
    serializer_class = InterfaceSerializer
    filterset_class = InterfaceFilter
    search_fields = ["name", "description", "mac_address", "device__name"]
    ordering_fields = ["id", "device", "name", "description", "speed_kbps"]
    ordering = ["device_id", "name"]


class VlanSerializer(PartSerializer):
    class Meta:
        model = Vlan
        fields = ["id", "device", "device_name", "vid", "name", "active"]


class VlanFilter(PartFilter):
    class Meta:
        model = Vlan
        fields = equal("vid", "name", "active")


class VlanViewSet(ReadOnly):
    queryset = Vlan.objects.select_related("device").only(*columns(VlanSerializer))
    serializer_class = VlanSerializer
    filterset_class = VlanFilter
    search_fields = ["name", "device__name"]
    ordering_fields = ["id", "device", "vid", "name"]
    ordering = ["device_id", "vid"]


class NeighbourSerializer(PartSerializer):
    capabilities = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Neighbour
        fields = [
            "id",
            "device",
            "device_name",
            "protocol",
            "local_interface",
            "remote_name",
            "remote_chassis_id",
            "remote_port",
            "remote_port_description",
            "remote_address",
            "remote_description",
            "capabilities",
        ]


class NeighbourFilter(PartFilter):
    remote_address = AddressFilter()

    class Meta:
        model = Neighbour
        fields = equal("protocol", "local_interface", "remote_name", "remote_chassis_id", "remote_port")


class NeighbourViewSet(ReadOnly):
    """Who sees whom, as the devices said it."""

    queryset = Neighbour.objects.select_related("device").only(*columns(NeighbourSerializer))
    serializer_class = NeighbourSerializer
    filterset_class = NeighbourFilter
    search_fields = ["remote_name", "remote_chassis_id", "remote_address", "local_interface", "device__name"]
    ordering_fields = ["id", "device", "local_interface", "remote_name"]
    ordering = ["device_id", "local_interface"]


class LinkSerializer(ModelSerializer):
    a_device_name = serializers.CharField(source="a_device.name", read_only=True)
    b_device_name = serializers.CharField(source="b_device.name", read_only=True)
    protocols = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Link
        fields = [
            "id",
            "a_device",
            "a_device_name",
            "a_interface",
            "b_device",
            "b_device_name",
            "b_interface",
            "protocols",
            "agreed",
            "manual",
        ]
        read_only_fields = ["agreed", "manual"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A cable has two ends."""
        if (attrs["a_device"], attrs["a_interface"]) == (attrs["b_device"], attrs["b_interface"]):
            raise serializers.ValidationError({"b_interface": ["It is the same interface as a_interface."]})
        return attrs


class LinkFilter(filters.FilterSet):
    device = NumberIn(method="of_device", label="Ids of devices at either end")

    class Meta:
        model = Link
        fields = equal("agreed", "manual")

    def of_device(self, queryset: Any, _name: str, ids: list[int]) -> Any:
        """Links that have one of these devices at either end."""
        return queryset.filter(a_device_id__in=ids) | queryset.filter(b_device_id__in=ids)


class LinkViewSet(ReadOnly, mixins.CreateModelMixin, mixins.DestroyModelMixin):
    """Cables. One that is posted here counts as entered by hand, and wins over what the devices say."""

    queryset = Link.objects.select_related("a_device", "b_device").only(
        "a_device",
        "a_device__name",
        "a_interface",
        "b_device",
        "b_device__name",
        "b_interface",
        "protocols",
        "agreed",
        "manual",
    )
    serializer_class = LinkSerializer
    filterset_class = LinkFilter
    search_fields = ["a_device__name", "a_interface", "b_device__name", "b_interface"]
    ordering_fields = ["id", "a_device", "a_interface", "b_device", "b_interface"]
    ordering = ["a_device_id", "a_interface"]

    @transaction.atomic
    def perform_create(self, serializer: Any) -> None:
        serializer.save(manual=True)

    @transaction.atomic
    def perform_destroy(self, instance: Link) -> None:
        super().perform_destroy(instance)


class ComponentSerializer(PartSerializer):
    class Meta:
        model = Component
        fields = [
            "id",
            "device",
            "device_name",
            "name",
            "kind",
            "model",
            "serial",
            "description",
            "hardware_revision",
        ]


class ComponentFilter(PartFilter):
    class Meta:
        model = Component
        fields = equal("name", "kind", "model", "serial")


class ComponentViewSet(ReadOnly):
    queryset = Component.objects.select_related("device").only(*columns(ComponentSerializer))
    serializer_class = ComponentSerializer
    filterset_class = ComponentFilter
    search_fields = ["name", "model", "serial", "description", "device__name"]
    ordering_fields = ["id", "device", "name", "kind", "model", "serial"]
    ordering = ["device_id", "name"]
