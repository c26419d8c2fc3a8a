"""What can be pressed, chosen or typed in, as HTML elements. Pure.

An element says by `data-act` what the playground's page tells the fake about it (click, select), by `data-action` its
action_id. In a modal's `input` block it says nothing until the submit. Without the page's script all of it is inert.
"""

from collections.abc import Callable, Mapping
from html import escape

from playground.fake_slack.locate import offered
from playground.fake_slack.state import Json, Workspace

INPUTS = {
    "email_text_input": "email",
    "url_text_input": "url",
    "number_input": "number",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "datetime-local",
}


def control(one: Json, workspace: Workspace, *, label: str = "", waits: bool = False, needed: bool = False) -> str:
    """Return an interactive element. `waits`: it speaks at the submit only. `label` is its name where it has no text."""
    named = attributes(
        **{
            "data-action": one.get("action_id", ""),
            "data-act": "" if waits else "select",
            "aria-label": label or one.get("placeholder", {}).get("text", "") or str(one["type"]).replace("_", " "),
            "aria-required": "true" if needed else "",
        }
    )
    return _DRAWN.get(str(one["type"]), _field)(one, workspace, named)


def attributes(**pairs: str) -> str:
    """Return HTML attributes; empty ones are left out."""
    return "".join(f' {key}="{escape(value)}"' for key, value in pairs.items() if value)


def _button(one: Json, workspace: Workspace, named: str) -> str:
    del workspace, named
    label = one["text"]["text"]
    confirm = one.get("confirm") or {}
    asked = " ".join(confirm[key]["text"] for key in ("title", "text") if key in confirm)
    return _press(
        label,
        one.get("action_id") or label,
        spoken=one.get("accessibility_label", ""),
        style=one.get("style", ""),
        asked=asked,
    )


def _press(label: str, action: str, *, spoken: str = "", style: str = "", asked: str = "") -> str:
    marks = attributes(**{"data-act": "click", "data-action": action, "aria-label": spoken, "data-confirm": asked})
    return f'<button type="button" class="{escape(f"button {style}".strip())}"{marks}>{escape(label)}</button>'


def _feedback(one: Json, workspace: Workspace, named: str) -> str:
    """Return the pair; the fake tells them apart by their labels."""
    del workspace, named
    halves = (one["positive_button"], one["negative_button"])
    return "".join(
        _press(half["text"]["text"], half["text"]["text"], spoken=half.get("accessibility_label", ""))
        for half in halves
    )


def _overflow(one: Json, workspace: Workspace, named: str) -> str:
    del workspace, named
    marks = {"data-act": "select", "data-action": one["action_id"]}
    entries = "".join(
        f'<button type="button"{attributes(**marks, value=each["value"])}>{escape(each["text"]["text"])}</button>'
        for each in one["options"]
    )
    return f'<details class="menu"><summary class="button" aria-label="More actions">⋯</summary><div>{entries}</div></details>'


def _menu(one: Json, workspace: Workspace, named: str) -> str:
    """Return a select element of options, people or channels, with one choice or many."""
    kind = str(one["type"])
    several = kind.startswith("multi_")
    picked = _picked(one)
    entries = "".join(
        f'<option value="{escape(value)}"{" selected" if value in picked else ""}>{escape(text)}</option>'
        for value, text in _choices(one, workspace)
    )
    hint = escape(one.get("placeholder", {}).get("text", "Choose"))
    first = "" if several or picked else f'<option value="">{hint}</option>'
    return f"<select{' multiple' if several else ''}{named}>{first}{entries}</select>"


def _picked(one: Json) -> set[str]:
    options = [one.get("initial_option"), *one.get("initial_options", ())]
    named = [one.get(f"initial_{what}") for what in ("user", "channel", "conversation")]
    many = [each for what in ("users", "channels", "conversations") for each in one.get(f"initial_{what}", ())]
    return {str(each["value"]) for each in options if each} | {str(each) for each in (*named, *many) if each}


def _choices(one: Json, workspace: Workspace) -> list[tuple[str, str]]:
    if "users_select" in one["type"]:
        return [(user.id, user.name) for user in workspace.users.values() if not user.bot]
    if "channels_select" in one["type"] or "conversations_select" in one["type"]:
        open_ones = (each for each in workspace.channels.values() if not each.archived and each.kind != "im")
        return [(each.id, f"#{each.name}") for each in open_ones]
    return [(each["value"], each["text"]["text"]) for each in offered(one)]


def _search(one: Json, workspace: Workspace, named: str) -> str:
    """Return a field whose options the app is asked for while somebody types; of several, with commas in between."""
    del workspace
    listed = f"options-{one['action_id']}"
    several = str(one["type"]).startswith("multi_")
    picked = [*one.get("initial_options", ()), *filter(None, [one.get("initial_option")])]
    initial = ", ".join(each["text"]["text"] for each in picked)
    least = one.get("min_query_length", 3)
    marks = attributes(list=listed, value=initial, autocomplete="off") + f' data-options="{int(least)}"'
    marks += attributes(**{"data-several": "true" if several else ""})
    marks += attributes(placeholder=one.get("placeholder", {}).get("text", ""))
    return f'<input type="text"{marks}{named}><datalist id="{escape(listed)}"></datalist>'


def _choice(one: Json, workspace: Workspace, named: str) -> str:
    """Return check boxes or radio buttons, one group with one name."""
    del workspace
    kind = "radio" if one["type"] == "radio_buttons" else "checkbox"
    picked = _picked(one)
    entries = "".join(
        f'<label><input type="{kind}"{attributes(name=one["action_id"], value=each["value"])}'
        f"{' checked' if each['value'] in picked else ''}> {escape(each['text']['text'])}</label>"
        for each in one["options"]
    )
    return f'<div role="{"radiogroup" if kind == "radio" else "group"}"{named}>{entries}</div>'


def _field(one: Json, workspace: Workspace, named: str) -> str:
    """Return a field for text, a number, a date or a time."""
    del workspace
    kind = INPUTS.get(str(one["type"]), "text")
    initial = next((str(one[key]) for key in ("initial_value", "initial_date", "initial_time") if one.get(key)), "")
    hint = one.get("placeholder", {}).get("text", "")
    most = str(one.get("max_length", ""))
    marks = attributes(placeholder=hint, maxlength=most) + named
    if one.get("multiline"):
        return f'<textarea rows="4"{marks}>{escape(initial)}</textarea>'
    return f'<input type="{kind}"{attributes(value=initial)}{marks}>'


def _image(one: Json, workspace: Workspace, named: str) -> str:
    del workspace, named
    return f"<span>({escape(one['alt_text'])})</span>"


_DRAWN: Mapping[str, Callable[[Json, Workspace, str], str]] = {
    "button": _button,
    "icon_button": _button,
    "feedback_buttons": _feedback,
    "overflow": _overflow,
    "image": _image,
    "static_select": _menu,
    "multi_static_select": _menu,
    **{f"{many}{what}_select": _menu for many in ("", "multi_") for what in ("users", "channels", "conversations")},
    "external_select": _search,
    "multi_external_select": _search,
    "checkboxes": _choice,
    "radio_buttons": _choice,
}
