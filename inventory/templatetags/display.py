"""Template filters of `inventory.display`."""

from django import template

from inventory import display

register = template.Library()
register.filter("visible", display.visible)
register.filter("age", display.age)
register.filter("exact", display.exact)


register.simple_tag(display.shield)


@register.simple_tag
def state(tone: str, text: object, title: str = "") -> str:
    """An icon and a word in the tone's colour."""
    return display.state(display.Tone(tone), text, title)


@register.simple_tag
def chip(tone: str, text: object) -> str:
    """A short word on a coloured ground."""
    return display.chip(display.Tone(tone), text)
