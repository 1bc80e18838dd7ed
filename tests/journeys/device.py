"""The device in somebody's hand that keeps passkeys: Chromium's own virtual authenticator."""

from typing import Any

from tests.journeys.person import Person

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """A device that knows its owner, unless told otherwise; what it keeps can be carried to another browser."""

    def __init__(self, person: Person) -> None:
        self._talk = person.context.new_cdp_session(person.page)
        self._talk.send("WebAuthn.enable", {"enableUI": False})
        self._id = self._talk.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})["authenticatorId"]

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """The passkeys that it keeps."""
        found: list[dict[str, Any]] = self._talk.send("WebAuthn.getCredentials", {"authenticatorId": self._id})[
            "credentials"
        ]
        return found

    def take_over(self, credentials: list[dict[str, Any]]) -> None:
        """Have the passkeys of another device, as one that keeps them in the owner's cloud does."""
        for credential in credentials:
            self._talk.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential})

    def ask_owner(self, *, verified: bool) -> None:
        """Whether the finger on it is its owner's from now on."""
        self._talk.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": verified})

    def is_touched(self, *, at_once: bool) -> None:
        """Whether somebody touches it as soon as it asks."""
        self._talk.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self._id, "enabled": at_once})
