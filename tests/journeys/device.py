"""The device in somebody's hand that keeps passkeys: Chromium's own virtual authenticator."""

from tests.journeys.person import Person

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,  # it is touched at once, also when a field offers its passkeys
}
NO_OFFERS = "PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)"


class Device:
    """A device that knows its owner and is in their hand."""

    def __init__(self, person: Person) -> None:
        self._talk = person.context.new_cdp_session(person.page)
        self._talk.send("WebAuthn.enable", {"enableUI": False})
        self._id = self._talk.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})["authenticatorId"]

    def no_longer_knows_its_owner(self) -> None:
        """Another finger is on it from now on."""
        self._talk.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": False})


def no_offers_in_fields(person: Person) -> None:
    """Have a browser that offers passkeys only when a button asks, as older ones do."""
    person.context.add_init_script(NO_OFFERS)
