"""Names of the topics that more than one place uses."""

#: Wakes dispatchers: an update was filed.
DIALOGS = "dialogs"
#: Wakes the desks' gateways and whoever waits for a turn: desk events were written.
DESK = "desk"
#: Wakes whoever calls platforms: one of them said «too fast».
PACES = "paces"
#: Things that are never stored: who types, who looks at a dialog, which session ended.
PRESENCE = "desk-presence"
